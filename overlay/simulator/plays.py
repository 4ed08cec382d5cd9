"""What the crowd does on an ordinary stream: writes, taps, joins, follows, shares, gives.

Each play is a generator on a stage: it says something, then yields how many ms it waits. They never see a socket.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from overlay.simulator import gifts, words
from overlay.simulator.stage import Tick
from overlay.simulator.truth import Did

if TYPE_CHECKING:
    from collections.abc import Iterator

    from overlay.simulator.gifts import Gift
    from overlay.simulator.people import Person
    from overlay.simulator.stage import Frame, Stage

REST_AFTER_COMBO_MS = 40_000


def write(stage: Stage, person: Person, text: str, **more: object) -> Frame:
    """Write one chat line."""
    msg_id = stage.msg_id()
    fields: Frame = {
        "msgId": msg_id,
        "user": stage.user(person),
        "comment": text,
        "emotes": [],
        "language": person.language,
        "messageUuid": msg_id,
        "protoVersion": 3,
    }
    return stage.say("chat", Did(person.key, "chat"), **(fields | more))


def line(stage: Stage, person: Person) -> str:
    """Think of something to write, in one's own language."""
    dice = stage.dice
    if dice.chance(0.04):
        return dice.pick(words.COMMANDS)
    text = dice.pick(words.LINES.get(person.language, words.LINES["en"]))
    return text.replace("{handle}", dice.pick(stage.crowd.writers).handle).replace("{name}", stage.host.name)


def chatting(stage: Stage, mean_ms: float) -> Iterator[int]:
    """Keep the chat going: lines, replies, starred lines, emotes, rude ones that a moderator removes."""
    dice = stage.dice
    while True:
        person = dice.pick(stage.crowd.writers)
        if dice.chance(0.03):
            rude(stage, person)
        elif dice.chance(0.08):
            other = dice.pick(stage.crowd.writers)
            text = dice.pick(words.REPLIES).replace("{handle}", other.handle)
            write(stage, person, text, replyToUser={k: v for k, v in stage.user(other).items() if k != "badges"})
        elif dice.chance(0.03) and person.level:
            write(
                stage, person, line(stage, person), starred={"claps": dice.span(1, 9), "score": dice.span(1, 40) * 100}
            )
        elif dice.chance(0.04):
            emote(stage, person)
        else:
            write(stage, person, line(stage, person))
        yield stage.gap(mean_ms)


def emote(stage: Stage, person: Person) -> None:
    """Write a line with an emote in it, or send a subscriber's emote alone."""
    name = stage.dice.pick(words.EMOTES)
    image = stage.pictures.of("emote", name)
    if person.subscriber:
        stage.say("emoteChat", user=stage.user(person), emoteId=name, emoteUrl=image, emoteName=name)
        return
    emotes = [{"emoteId": name, "imageUrl": image, "placeInComment": 0}]
    write(stage, person, f"[{name}] {line(stage, person)}", emotes=emotes)


def rude(stage: Stage, person: Person) -> None:
    """Write what nobody wants to read; it is removed a few seconds later."""
    frame = write(stage, person, stage.dice.pick(words.RUDE))
    gone = frame["data"]["messageUuid"]
    stage.later(stage.dice.span(2500, 7000), partial(stage.say, "imDelete", deletedMsgId=gone, protoVersion=3))


def tapping(stage: Stage, mean_ms: float) -> Iterator[int]:
    """Tap likes in batches, as the app sends them."""
    dice = stage.dice
    while True:
        everyone = stage.crowd.lurkers if dice.chance(0.6) else stage.crowd.writers
        stage.tap(dice.pick(everyone), dice.span(1, 15))
        yield stage.gap(mean_ms)


def joining(stage: Stage, mean_ms: float) -> Iterator[int]:
    """Let people come in: lurkers most of the time, now and then a super fan."""
    dice = stage.dice
    while True:
        person = dice.pick(stage.crowd.lurkers if dice.chance(0.8) else stage.crowd.writers)
        stage.seen += 1
        source, action, kind = dice.pick(words.ENTRIES)
        fields = {"user": stage.user(person), "action": "join", "actionCode": 38, "entrySource": source}
        fields |= {"entryAction": action, "protoVersion": 3} | ({"entryType": kind} if kind else {})
        stage.say("member", **fields)
        if person.fan and person.level and dice.chance(0.15):
            stage.say(
                "superFanJoin", user=stage.user(person), displayType="ttlive_superFan_commentNotif_superFanJoined"
            )
        yield stage.gap(mean_ms)


def counting(stage: Stage, every_ms: int) -> Iterator[int]:
    """Report the audience: it swells and shrinks with the stream."""
    dice = stage.dice
    crowd = dice.span(60, 900)
    stage.seen = crowd * 3
    while True:
        swing = crowd * (0.55 + 0.5 * stage.arc(stage.now_ms))
        stage.viewers = (
            max(3, int(stage.viewers * 0.7 + swing * 0.3 + dice.span(-6, 6))) if stage.viewers else int(swing)
        )
        stage.seen += dice.span(0, 5)
        best = [stage.user(person) for person in stage.crowd.whales]
        stage.say("roomUserSeq", viewerCount=stage.viewers, totalViewers=stage.seen, topViewers=best)
        yield every_ms


def following(stage: Stage, mean_ms: float) -> Iterator[int]:
    """Follow and share; some frames come in both of the forms that TikTool has for it."""
    dice = stage.dice
    while True:
        person = dice.pick(stage.crowd.lurkers if dice.chance(0.7) else stage.crowd.chatters)
        what = "follow" if dice.chance(0.7) else "share"
        stage.shares += what == "share"
        user = stage.user(person)
        if dice.chance(0.5):
            stage.say(what, Did(person.key, what), user=user)
        else:
            stage.say("social", Did(person.key, what), user=user, action=what)
            if dice.chance(0.3):
                stage.later(300, partial(stage.say, what, user=user))
        yield stage.gap(mean_ms)


def joining_in(stage: Stage, mean_ms: float) -> Iterator[int]:
    """Subscribe, become a super fan; the latter comes with a banner of the same kind."""
    dice = stage.dice
    become = "ttlive_superFan_commentNotif_someoneBecameSuperFan"
    while True:
        yield stage.gap(mean_ms)
        person = dice.pick(stage.crowd.regulars + stage.crowd.chatters[:20])
        user = stage.user(person)
        if dice.chance(0.6):
            person.subscriber = True
            stage.say("subscribe", Did(person.key, "subscribe"), user=user, subMonth=dice.span(1, 14))
            continue
        stage.say("superFan", Did(person.key, "superfan"), user=user, level=dice.span(1, 12), displayType=become)
        stage.say(
            "barrage",
            user=user,
            label="BecomingSuperFan",
            displayType=become,
            content="{0:user} just became a Super Fan",
        )


# gifts --------------------------------------------------------------------------------------------------------


def combo(stage: Stage, person: Person, gift: Gift, units: int, pace_ms: int = 450) -> Iterator[int]:
    """Hold a gift down: the count starts at one and runs up; a last frame closes it."""
    spot = (person.id, gift.id)
    if stage.busy.get(spot, -1) > stage.now_ms:
        return
    stage.busy[spot] = stage.now_ms + 10 * REST_AFTER_COMBO_MS
    if not gift.streakable:
        for _ in range(units):
            stage.gift(person, gift, Tick(1, 1, stage.dice.chance(0.7), stage.transaction()))
            yield 1500
        stage.busy.pop(spot)
        return
    transaction = stage.transaction()
    count = 0
    while count < units:
        fresh = 1 if not count else min(units - count, max(1, int(stage.dice.random() * pace_ms / 120)))
        count += fresh
        stage.gift(person, gift, Tick(count, fresh, ended=False, transaction=transaction))
        yield pace_ms + stage.dice.span(0, pace_ms)
    yield 900
    stage.gift(person, gift, Tick(count, 0, ended=True, transaction=transaction))
    stage.busy[spot] = stage.now_ms + REST_AFTER_COMBO_MS


def giving(stage: Stage, mean_ms: float) -> Iterator[int]:
    """Give as the personalities of the crowd would."""
    while True:
        person, gift, units = choose(stage)
        stage.start(combo(stage, person, gift, units))
        if gift.price >= gifts.BIG:
            stage.later(1800, cheer, stage, person)
        yield stage.gap(mean_ms)


def choose(stage: Stage) -> tuple[Person, Gift, int]:
    """Decide who gives what, and how many."""
    dice, crowd = stage.dice, stage.crowd
    roll = dice.random()
    full_swing = stage.arc(stage.now_ms) > 1
    match roll:
        case _ if roll < 0.36:
            return dice.pick(crowd.regulars), dice.pick(gifts.SMALL), dice.span(1, 5)
        case _ if roll < 0.62:
            return dice.pick(crowd.combo_senders), dice.pick(gifts.SMALL), dice.pick((5, 8, 10, 15, 20, 30, 60))
        case _ if roll < 0.84:
            return dice.pick(crowd.regulars + crowd.chatters[:12]), dice.pick(gifts.MEDIUM), dice.pick((1, 1, 1, 2, 3))
        case _ if roll < 0.90:
            return dice.pick(crowd.anonymous), dice.pick((*gifts.MEDIUM, *gifts.LARGE)), 1
        case _ if roll < 0.985 or not full_swing:
            return dice.pick(crowd.whales), dice.pick(gifts.LARGE), 1
        case _:
            return dice.pick(crowd.whales), dice.pick(gifts.HUGE), 1


def cheer(stage: Stage, person: Person) -> None:
    """Let the chat notice a very big gift."""
    for number in range(stage.dice.span(2, 4)):
        text = stage.dice.pick(words.THANKS).replace("{name}", person.name)
        fan = stage.dice.pick(stage.crowd.chatters)
        stage.later(400 * number + 1, write, stage, fan, text)


def opening(stage: Stage) -> Iterator[int]:
    """Fill the first seconds, so that whoever looks in sees life at once: names, a gift, a board."""
    crowd, dice = stage.crowd, stage.dice
    stage.say("liveIntro", roomId=stage.room_id, title=stage.title)
    yield 250
    write(stage, crowd.chatters[1], line(stage, crowd.chatters[1]))
    yield 350
    stage.tap(crowd.lurkers[0], 12)
    yield 400
    stage.start(combo(stage, crowd.combo_senders[0], gifts.BY_ID[5655], 8))
    yield 1300
    write(stage, crowd.regulars[0], line(stage, crowd.regulars[0]))
    stage.start(combo(stage, crowd.regulars[3], gifts.BY_ID[5487], 3))
    yield 1100
    stage.start(combo(stage, crowd.whales[0], gifts.BY_ID[7934], 1))
    yield 900
    stage.tap(crowd.lurkers[1], 15)
    stage.start(combo(stage, crowd.chatters[2], gifts.BY_ID[5658], 1))
    yield 1200
    stage.start(combo(stage, crowd.anonymous[0], gifts.BY_ID[5659], 1))
    stage.say("follow", Did(crowd.lurkers[2].key, "follow"), user=stage.user(crowd.lurkers[2]))
    yield 1000
    stage.start(combo(stage, crowd.regulars[5], gifts.BY_ID[5585], 2))
    yield 1200
    stage.start(combo(stage, crowd.regulars[7], gifts.BY_ID[6247], dice.span(3, 9)))
    cheer(stage, crowd.whales[0])
