/* The few ways in which a page is written: text as text, pictures of ours alone, rows that keep their nodes. */
import { keyed, ours, put, seated, sentence } from "/static/lib/dom.js";
import { same, sure } from "/claims/sure.js";

export function a_text_is_written_as_text_and_only_when_it_changed() {
  const node = document.createElement("p");
  put(node, "<b>x</b>");
  same([node.children.length, node.textContent], [0, "<b>x</b>"]);
  const kept = node.firstChild;
  put(node, "<b>x</b>");
  sure(node.firstChild === kept);
}

export function only_paths_of_this_server_are_pictures() {
  for (const bad of ["//e/x", "/\\e/x", "https://e/x", "javascript:alert(1)", "data:text/html,x", "", null, undefined]) same([bad, ours(bad) || null], [bad, null]);
  same(ours("/img/a/b.webp"), true);
}

export function a_sentence_with_a_name_isolates_it_and_reads_no_slot_out_of_it() {
  const node = document.createElement("p");
  sentence(node, "{name} sent {gift}", { name: "\u05d0{gift}<b>", gift: "Rose" });
  same(node.textContent, "\u05d0{gift}<b> sent Rose");
  sure(node.querySelector("bdi") !== null && node.querySelector("b") === null);
}

export function rows_keep_their_nodes_when_they_change_places() {
  const list = document.createElement("ol");
  const draw = (/** @type {string[]} */ ids) => {
    keyed(ids, {
      list, key: (id) => id, make: () => document.createElement("li"), fill: (node, id) => { put(node, id); }, leave: (node) => { node.remove(); },
    });
    return [...list.children];
  };
  const [a, b, c] = draw(["a", "b", "c"]);
  same(draw(["c", "a", "d"]).map((node) => node.textContent), ["c", "a", "d"]);
  const now = [...list.children];
  sure(now[0] === c && now[1] === a && !now.includes(/** @type {Element} */ (b)));
}

export function rows_without_a_seat_leave_from_the_ends_and_never_the_one_they_stand_around() {
  const rows = [1, 2, 3, 4, 5, 6, 7];
  same([seated(rows, 9), seated(rows, 3), seated(rows, 3, 4), seated(rows, 3, 6), seated(rows, 3, -1)], [rows, [1, 2, 3], [4, 5, 6], [5, 6, 7], [1, 2, 3]]);
}
