"""What else happens on a stream: pins, questions, polls, envelopes, products, songs, and the frames nobody uses.

None of it is a gift to the creator.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from overlay.simulator import words
from overlay.simulator.dice import digits
from overlay.simulator.plays import line, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from overlay.simulator.stage import Frame, Stage


def pin(stage: Stage) -> None:
    """Pin a line that was just written; half of them are taken down early."""
    person = stage.dice.pick(stage.crowd.regulars)
    frame = write(stage, person, line(stage, person))
    fields: Frame = {
        "user": stage.user(person),
        "comment": frame["data"]["comment"],
        "durationSeconds": 60,
        "pinnedAt": stage.wall(),
        "originalMsgType": "WebcastChatMessage",
        "originalMsgId": frame["data"]["msgId"],
        "operatorUserId": stage.host.id,
    }
    stage.later(1200, partial(stage.say, "roomPin", **fields, action=1))
    if stage.dice.chance(0.5):
        stage.later(30_000, partial(stage.say, "roomPin", **fields, action=2))


def subscriber_pin(stage: Stage) -> None:
    """Let a subscriber pin something."""
    person = stage.dice.pick(stage.crowd.regulars)
    stage.say("subPin", pinnedText=line(stage, person), user=stage.user(person), protoVersion=3)


def question(stage: Stage) -> None:
    """Ask; the host picks the question, answers, and closes its card."""
    text = stage.dice.pick(words.QUESTIONS)
    stage.say("question", user=stage.user(stage.dice.pick(stage.crowd.chatters)), questionText=text)
    number = digits(stage.salt, stage.now_ms, "question", lead="7648")
    if stage.dice.chance(0.7):
        stage.later(6000, partial(stage.say, "questionSelected", questionText=text, protoVersion=3))
        stage.later(26_000, partial(stage.say, "questionSlideDown", questionId=number, protoVersion=3))


def poll(stage: Stage) -> None:
    """Open a poll and update it until it closes; the chat votes with words."""
    title, options = stage.dice.pick(words.POLLS)
    number = digits(stage.salt, stage.now_ms, "poll", lead="7648")

    def say(status: int) -> None:
        both = {"questionPayload": title, "optionsPayload": options, "protoVersion": 3}
        stage.say("poll", pollId=number, action=2, status=status, **both)

    stage.say("shortTouch", variant="CustomPoll", action="shortTouchCustomPoll", refId=number, protoVersion=3)
    for in_ms, status in ((1, 1), (10_000, 2), (20_000, 2), (30_000, 3)):
        stage.later(in_ms, say, status)
    choices = options.split(" | ")
    for turn in range(6):
        person = stage.dice.pick(stage.crowd.chatters)
        choice = stage.dice.pick(choices)
        stage.later(2500 + 4000 * turn, write, stage, person, choice)


def envelope(stage: Stage) -> None:
    """Drop a treasure chest for the viewers: never a gift to the creator."""
    number = digits(stage.salt, stage.now_ms, "envelope", lead="7649")
    person = stage.dice.pick(stage.crowd.whales + stage.crowd.regulars)
    amount = stage.dice.pick((20, 50, 100, 500))
    if stage.dice.chance(0.4):
        stage.say("superFanBox", user=stage.user(person), envelopeId=number, diamondCount=amount)
    else:
        stage.say("envelope", envelopeId=number, diamondCount=amount, user=stage.user(person))
        stage.say("envelopePortal", sessionInfo=f"portal_{number[:4]}", status=2, kind=2, level=2, protoVersion=3)


def goal(stage: Stage) -> None:
    """Move TikTok's own goal; it says only a level."""
    more = '{"is_first_contribute":false,"challenge_type":0}'
    key = "live_goal_indicator_stream_goal"
    level = stage.dice.span(1, 5)
    stage.say(
        "goalUpdate",
        goalKey=key,
        creatorUserId=stage.host.id,
        contributionLevel=level,
        metadataJson=more,
        protoVersion=3,
    )


def karaoke(stage: Stage) -> None:
    """Ask for a song."""
    track = stage.dice.span(0, len(words.TRACKS) - 1)
    stage.say("karaokeReq", trackId=str(12340 + track), trackName=words.TRACKS[track], status=1, protoVersion=3)


def furniture(stage: Stage) -> None:
    """Send one of the many frames that an overlay has no use for. Long: it is the list of them."""
    picture = stage.pictures.of
    choices: tuple[tuple[str, Frame], ...] = (
        ("toast", {"toastText": "Connected to LIVE", "durationMs": 3000}),
        ("hotRoom", {"hotKey": "revenue_high_traffic"}),
        (
            "rankText",
            {
                "templateKey": "pm_mt_topviewer_comment/{0:user} just became the top viewer",
                "userId": stage.crowd.whales[0].id,
            },
        ),
        ("roomSticker", {"stickerPayload": "My label - SONG REQUESTS OPEN - #000000"}),
        ("commentTray", {"trayCount": 3978, "updatedAtMs": stage.wall(), "relatedMsgId": stage.msg_id()}),
        ("giftPanelUpdate", {"panelId": stage.room_id, "updatedAtSec": stage.wall() // 1000}),
        ("fansEvent", {"fanType": 7, "eventKey": "ttlive_fanClub_communityHeartMe_tierUp_club"}),
        (
            "link",
            {
                "action": 20,
                "subAction": 4,
                "relatedUser": {"id": "0", "uniqueId": "", "nickname": "", "isAnonymous": True},
            },
        ),
        (
            "privilegeAdvance",
            {
                "privilegeKey": "gallery_all_lit_up_d",
                "action": "gift_broadcast_msg",
                "bgUrls": [picture("bg", "1")],
            },
        ),
        ("giftGallery", {"transactionId": stage.transaction()}),
        ("unknown", {"method": "WebcastSomethingNewMessage"}),
        ("control", {"action": stage.dice.pick((1, 2))}),
    )
    event, fields = stage.dice.pick(choices)
    stage.say(event, **fields, protoVersion=3)


def collab(stage: Stage) -> None:
    """Send a collab gift: its sums are a session's, and count for nobody."""
    person = stage.dice.pick(stage.crowd.regulars)
    sender = {"uniqueId": "", "nickname": "", "userId": person.id, "avatar": None}
    total = stage.dice.span(2000, 90_000)
    stage.say(
        "collabGift",
        giftId=1233,
        giftName="Collab Gift",
        repeatCount=1,
        comboCount=1,
        diamondValue=total + 3,
        diamondTotal=total,
        coHostCount=2,
        sender=sender,
        coHosts=[],
        recipients=[],
        roomId=stage.room_id,
    )


OFTEN: tuple[Callable[[Stage], None], ...] = (pin, question, poll, envelope, goal, furniture, furniture, furniture)
SELDOM: tuple[Callable[[Stage], None], ...] = (subscriber_pin, karaoke, collab)


def events(stage: Stage, mean_ms: float) -> Iterator[int]:
    """Let something out of the ordinary happen from time to time."""
    yield stage.dice.span(9000, 15_000)
    while True:
        stage.dice.pick(OFTEN if stage.dice.chance(0.85) else SELDOM)(stage)
        yield stage.gap(mean_ms)


# the shop -----------------------------------------------------------------------------------------------------


class Product:
    """Something on sale: stock falls, sales rise."""

    def __init__(self, stage: Stage, number: int) -> None:
        """Put it on the shelf."""
        self.title, cents = words.PRODUCTS[number]
        self.id = digits(stage.seed, "product", number, lead="1729")
        self.stock, self.sold = stage.dice.span(40, 220), 0
        self.card = {
            "productId": self.id,
            "title": self.title,
            "price": f"${cents / 100:.2f}",
            "imageUrl": stage.pictures.of("shop", f"product{number}", "webp"),
        }


def shop(stage: Stage, pace_ms: float) -> Iterator[int]:
    """Show products one after another, and sell them."""
    shelf = [Product(stage, number) for number in range(len(words.PRODUCTS))]
    yield 2500
    while True:
        listed = [one.card | {"soldCount": one.sold} for one in shelf]
        stage.say("shopProductList", total=len(shelf), products=listed, protoVersion=3)
        for product in shelf:
            stage.say("shopProduct", **product.card, status=1, protoVersion=3)
            info = f"{product.title} {product.card['price']}"
            stage.say("oecLiveShopping", status=1, productInfo=info, protoVersion=3)
            for _ in range(stage.dice.span(3, 9)):
                yield stage.gap(pace_ms)
                sold = min(product.stock, stage.dice.span(1, 4))
                product.stock, product.sold = product.stock - sold, product.sold + sold
                counts = {"stock": product.stock, "soldCount": product.sold}
                stage.say("shopInventory", productId=product.id, **counts, protoVersion=3)
            stage.say("shopProduct", **product.card, status=0, protoVersion=3)
