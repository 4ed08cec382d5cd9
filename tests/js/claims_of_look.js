/* The shared options made visible on <html>: what is no colour, token or name of a theme never gets there. */
import { Look } from "/static/lib/look.js";
import { same, sure } from "/claims/sure.js";

function look(theme = "default", safe = false) {
  const html = document.createElement("html"), root = document.createElement("main");
  return { html, root, one: new Look(html, root, theme, safe, () => {}) };
}

export function only_colours_become_tokens() {
  const { html, one } = look();
  one.wear({ colors: { accent: "#0f0", "x;y": "#000", text: "red", number: "#12345", team_1: "#11223344", bad: "url(//e)" } }, "default", undefined);
  same(html.style.getPropertyValue("--accent"), "#0f0");
  same(html.style.getPropertyValue("--accent-2"), "#0f0");
  same(html.style.getPropertyValue("--team-1"), "#11223344");
  same(["--text", "--number", "--bad"].map((name) => html.style.getPropertyValue(name)), ["", "", ""]);
}

export function what_is_no_longer_chosen_goes() {
  const { html, one } = look();
  one.wear({ colors: { accent: "#0f0" }, radius: 3, scale: 2 }, "default", undefined);
  one.wear({}, "default", undefined);
  same(["--accent", "--radius", "--scale"].map((name) => html.style.getPropertyValue(name)), ["", "", ""]);
}

export function a_font_cannot_leave_its_quotes() {
  const { html, one } = look();
  one.wear({ font: 'x"; } body { color: red' }, "default", undefined);
  sure(html.style.getPropertyValue("--font").startsWith('"x'));
  same(html.style.length, [...html.style].filter((name) => name.startsWith("--")).length);
}

export function speed_none_stands_still_and_motion_is_as_asked() {
  const { html, one } = look();
  one.wear({ speed: 0 }, "default", undefined);
  same(html.getAttribute("data-motion"), "none");
  one.wear({ speed: 2, motion: "reduced" }, "default", undefined);
  same([html.getAttribute("data-motion"), html.style.getPropertyValue("--pace")], ["reduced", "0.5"]);
}

export function a_theme_of_the_same_name_is_loaded_anew_only_with_another_build() {
  const { one } = look("mine");
  const changes = [];
  one.change = (theme, build = "") => { changes.push([theme, build]); one.theme = theme; one.build = build; };
  one.wear({}, "mine", undefined);
  one.wear({}, "mine", undefined, "b1");
  one.wear({}, "mine", undefined, "b1");
  one.wear({}, "mine", undefined);
  one.wear({}, "mine", undefined, "b2");
  one.wear({}, "../evil", undefined);
  one.wear({}, "neon", undefined);
  same(changes, [["mine", "b1"], ["mine", "b2"], ["neon", ""]]);
}

export function a_page_says_whether_it_is_here_away_or_empty() {
  const { root, one } = look();
  const states = [[true, false], [true, true], [false, false]].map(([alive, away]) => { one.appear(alive, away); return root.dataset.state; });
  same(states, ["here", "away", "empty"]);
}
