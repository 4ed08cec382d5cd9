"""Every frame that the documents show, in every form they accept, says what is written here."""

import json
from pathlib import Path

import pytest

from overlay.core.events import (
    Armies,
    Badge,
    Barrage,
    Battle,
    Caption,
    CaptionStatus,
    Card,
    CatalogueStale,
    Chat,
    CoHosts,
    CollabGift,
    Contributor,
    Control,
    Credits,
    Deletion,
    Emote,
    Envelope,
    Follow,
    Gift,
    GoalLevel,
    Heartbeat,
    Host,
    Join,
    Like,
    Mission,
    Notice,
    OpponentGift,
    Other,
    Person,
    Pin,
    Poll,
    Product,
    Products,
    PunishFinish,
    Question,
    RoomInfo,
    Share,
    StreamEnd,
    Subscribe,
    SuperFan,
    SuperFanJoin,
    Title,
    Track,
    Translation,
    Trouble,
    Viewers,
    Whale,
)
from overlay.core.tiktool import BadFrame, decode, decode_all, decode_captions, decode_firehose

FRAMES = Path(__file__).parents[1] / "frames"
TIKTOOL = FRAMES / "tiktool"

MIRA = Person(
    id="6890011223344556677",
    sec_uid="MS4wLjABAAAAexampleMiraKay0000000000000000000001",
    handle="mira.kay",
    nickname="Mira Kay",
    avatar="https://p16-sign.tiktokcdn.example/avatar/mira.webp?x-expires=1790000000",
    level=31,
    badges=(
        Badge(
            kind="level", text="31", image="https://p16-sign.tiktokcdn.example/badge/grade_31.png", colour="#2A19EEBF"
        ),
    ),
)
TOBI = Person(
    id="6823344556677889900",
    handle="tobi_w",
    nickname="Tobi W.",
    avatar="https://p16-sign.tiktokcdn.example/avatar/tobi.webp?x-expires=1790000000",
    level=17,
)
OTTER = Person(
    id="7101223344556677881",
    handle="papa.otter",
    nickname="Papa Otter",
    avatar="https://p16-sign.tiktokcdn.example/avatar/otter.webp?x-expires=1790000000",
)
NEWBIE = Person(
    id="7390011223344556612",
    handle="newbie_2026",
    nickname="newbie",
    avatar="https://p16-sign.tiktokcdn.example/avatar/newbie.webp?x-expires=1790000000",
)
LIVE = {
    "barrage": Barrage(
        person=OTTER,
        label="BecomingSuperFanLv10",
        display="ttlive_superFan_commentNotif_someoneBecameSuperFan",
        text="{0:user} just became a Super Fan",
    ),
    "battle": Battle(
        battle_id="7298765432109876543",
        status=1,
        duration_s=300,
        hosts=(Host(id="6912345678901234501", score=100), Host(id="7012345678901234567", score=80)),
        extra_hosts=("7055667788990011223",),
    ),
    "battleArmies": Armies(
        transaction_id="202606070223203A38D7B466DD6603AAAA",
        battle_id="7298765432109876543",
        match_id="7648485700000000001",
        session_id="7648485804360108818",
        status=4,
        server_ms=1780799000000,
        duration_s=300,
        remaining_s=187,
        hosts=(
            Host(
                id="6912345678901234501",
                team=0,
                score=12450,
                contributors=(
                    Contributor(id="6890011223344556677", name="Mira Kay", score=8000),
                    Contributor(id="6823344556677889900", name="Tobi W.", score=3000),
                    Contributor(id="7101223344556677881", name="Papa Otter", score=1450),
                ),
            ),
            Host(id="7012345678901234567", team=1, score=9800),
        ),
    ),
    "battleItemCard": Card(
        battle_id="7298765432109876543",
        effect="booster_x3",
        multiplier=3,
        person=Person(
            id="6890011223344556677",
            handle="mira.kay",
            nickname="Mira Kay",
            avatar="https://p16-sign.tiktokcdn.example/avatar/mira.webp?x-expires=1790000000",
        ),
        activated_s=1780799010.0,
        duration_s=30,
        ends_s=1780799040.0,
        icon="https://p16-sign.tiktokcdn.example/card/booster_x3.webp",
        colour="#FFCB47",
    ),
    "battlePunishFinish": PunishFinish(
        battle_id="7648485765504125714", session_id="7648485804360108818", punished_id="7012345678901234567"
    ),
    "caption": Caption(
        text="Hello everyone, welcome to the stream",
        final=True,
        language="en",
        start_ms=1780798747292,
        end_ms=1780798748292,
    ),
    "chat": Chat(
        msg_id="7648470148944628496",
        sent_ms=1780798747000,
        person=MIRA,
        text="this chorus is so good!",
        uuid="7648470148944628496",
        reply_to=Person(
            handle="tobi_w",
            nickname="Tobi W.",
            avatar="https://p16-sign.tiktokcdn.example/avatar/tobi.webp?x-expires=1790000000",
        ),
        starred_claps=3,
        starred_score=1200,
        language="en",
    ),
    "collabGift": CollabGift(gift_id="1233", name="Collab Gift", person=Person(id="7387480000000000696")),
    "control": Control(action=3),
    "emoteChat": Chat(
        person=TOBI, emotes=(Emote(id="7012345", image="https://p16-sign.tiktokcdn.example/emote/7012345.png"),)
    ),
    "envelope": Envelope(envelope_id="7649000000000000789", diamonds=50),
    "follow": Follow(person=NEWBIE),
    "gift": Gift(
        msg_id="7648470148944628501",
        transaction_id="202606070219033A38D7B466DD66036089",
        sent_ms=1780798747900,
        person=MIRA,
        gift_id="5655",
        name="Rose",
        price=1,
        count=5,
        ended=True,
        gift_type=1,
        group_id="6912345678901234501",
        picture="https://p16-sign.tiktokcdn.example/gift/rose.png",
    ),
    "giftPanelUpdate": CatalogueStale(),
    "goalUpdate": GoalLevel(level=4),
    "imDelete": Deletion(deleted_id="7648470148944628496"),
    "karaokeReq": Track(track_id="12345", title="Paper Lanterns"),
    "like": Like(person=TOBI, count=15, total=4200),
    "linkMic": CoHosts(co_host_id="7529000000000000224"),
    "linkMicOpponentGift": OpponentGift(
        transaction_id="2026060710190765D03BD889F88B8F065D",
        sender_id="7366550000000000522",
        gift_id="5655",
        picture="https://p16-sign.tiktokcdn.example/gift/rose.png",
    ),
    "liveIntro": Title(room_id="7650000000000000101", title="Friday acoustic night"),
    "member": Join(person=NEWBIE),
    "poll": Poll(poll_id="7648486279037946655", question="Next song?", choices=("Ballad", "Rock", "Jazz"), status="2"),
    "question": Question(person=TOBI, text="What song is next?"),
    "questionSelected": Question(step="selected", text="What song is next?"),
    "questionSlideDown": Question(step="closed", question_id="7648490528341835796"),
    "roomInfo": RoomInfo(room_id="7650000000000000101", handle="luna.sings"),
    "roomPin": Pin(
        person=OTTER, text="Great stream!", duration_s=60, pinned_ms=1780798747063, original_id="7617400904630995734"
    ),
    "roomUserSeq": Viewers(now=342, total=15000),
    "share": Share(person=TOBI),
    "shopInventory": Product(step="stock", product_id="1729384756102938475", stock=142, sold=58),
    "shopProduct": Product(
        product_id="1729384756102938475",
        title="Oak Music Stand",
        price="$23.80",
        picture="https://p16-sign.tiktokcdn.example/shop/stand.webp",
    ),
    "shopProductList": Products(
        items=(
            Product(
                step="listed",
                product_id="1729384756102938475",
                title="Oak Music Stand",
                price="$23.80",
                picture="https://p16-sign.tiktokcdn.example/shop/stand.webp",
                sold=58,
            ),
            Product(
                step="listed",
                product_id="1731384756102938476",
                title="Guitar Strings",
                price="$9.00",
                picture="https://p16-sign.tiktokcdn.example/shop/strings.webp",
            ),
        ),
        total=2,
    ),
    "social": Follow(person=NEWBIE),
    "streamEnd": StreamEnd(reason="3"),
    "subPin": Pin(person=MIRA, text="Good luck!"),
    "subscribe": Subscribe(person=MIRA, months=3),
    "superFan": SuperFan(person=MIRA, level=10, display="ttlive_superFan_commentNotif_someoneBecameSuperFan"),
    "superFanBox": Envelope(envelope_id="7649000000000123456", diamonds=100, person=TOBI, box=True),
    "superFanJoin": SuperFanJoin(person=MIRA),
}
LIVE_VARIANTS = {
    "barrage.old-numeric": Barrage(display="3", text="{0:user} levelled up"),
    "battle.ended": Battle(
        battle_id="7298765432109876543",
        status=3,
        duration_s=300,
        hosts=(Host(id="6912345678901234501", score=18000), Host(id="7012345678901234567", score=15200)),
    ),
    "battle.preparing": Battle(status=4),
    "battle.sdk-teams-users": Battle(
        battle_id="7298765432109876543",
        status=1,
        duration_s=300,
        hosts=(
            Host(id="6912345678901234501", score=0, name="Luna Vale", handle="luna.sings"),
            Host(id="7012345678901234567", score=0, name="Max Beats", handle="max.beats"),
        ),
    ),
    "battle.starting": Battle(
        status=2,
        duration_s=300,
        hosts=(Host(id="6912345678901234501", score=0), Host(id="7012345678901234567", score=0)),
    ),
    "battleArmies.multi-guest": Armies(
        battle_id="7298765432109876599",
        match_id="7648485700000000009",
        session_id="7648485804360108899",
        status=4,
        server_ms=1780799000000,
        duration_s=300,
        remaining_s=120,
        hosts=(
            Host(
                id="6912345678901234501",
                team=0,
                score=5000,
                contributors=(Contributor(id="6890011223344556677", name="Mira Kay", score=3000),),
            ),
            Host(
                id="7055667788990011223",
                team=0,
                score=2500,
                contributors=(Contributor(id="7101223344556677881", name="Papa Otter", score=2500),),
            ),
            Host(id="7012345678901234567", team=1, score=6100),
            Host(id="7066778899001122334", team=1, score=900),
        ),
    ),
    "battleArmies.old-teams": Armies(
        sent_ms=1771284518876,
        status=4,
        hosts=(
            Host(
                id="6912345678901234000",
                score=122,
                contributors=(
                    Contributor(
                        id="6890011223344557000",
                        name="Mira Kay",
                        avatar="https://p16-sign.tiktokcdn.example/avatar/mira.webp?x-expires=1790000000",
                    ),
                    Contributor(
                        id="6823344556677890000",
                        name="Tobi W.",
                        avatar="https://p16-sign.tiktokcdn.example/avatar/tobi.webp?x-expires=1790000000",
                    ),
                ),
            ),
            Host(id="7012345678901235000", score=75),
        ),
    ),
    "battleArmies.opening-zero-id": Armies(
        match_id="7648485700000000001",
        session_id="7648485804360108818",
        status=1,
        server_ms=1780798888000,
        duration_s=300,
        remaining_s=299,
        hosts=(Host(id="6912345678901234501", team=0, score=0), Host(id="7012345678901234567", team=1, score=0)),
    ),
    "battleArmies.settle": Armies(
        battle_id="7298765432109876543",
        match_id="7648485700000000001",
        session_id="7648485804360108818",
        status=2,
        server_ms=1780799188200,
        duration_s=300,
        remaining_s=0,
        hosts=(
            Host(
                id="6912345678901234501",
                team=0,
                score=18000,
                contributors=(Contributor(id="6890011223344556677", name="Mira Kay", score=11000),),
            ),
            Host(id="7012345678901234567", team=1, score=15200),
        ),
    ),
    "battleItemCard.extra-time": Card(
        battle_id="7298765432109876543",
        effect="extra_time",
        person=Person(
            id="6823344556677889900",
            handle="tobi_w",
            nickname="Tobi W.",
            avatar="https://p16-sign.tiktokcdn.example/avatar/tobi.webp?x-expires=1790000000",
        ),
        activated_s=1780799180.0,
        duration_s=30,
        ends_s=1780799210.0,
        icon="https://p16-sign.tiktokcdn.example/card/extra.webp",
        colour="#9FE0BC",
    ),
    "battleItemCard.mist": Card(
        battle_id="7298765432109876543",
        effect="mist",
        person=Person(
            id="7366550000000000522",
            handle="rival.fan",
            nickname="Rival Fan",
            avatar="https://p16-sign.tiktokcdn.example/avatar/rival.webp?x-expires=1790000000",
        ),
        activated_s=1780799050.0,
        duration_s=20,
        ends_s=1780799070.0,
        icon="https://p16-sign.tiktokcdn.example/card/mist.webp",
        colour="#BCD9E0",
    ),
    "battleTask.sdk-only": Mission(action=1, mission="gift_target", multiplier=2, ends_s=1780799040.0),
    "caption.partial": Caption(text="Hello every", language="en", start_ms=1780798747292, end_ms=1780798747700),
    "collabGift.masked": CollabGift(gift_id="1233", name="Collab Gift", person=Person(id="7387480000000000696")),
    "control-frames.connected": Heartbeat(),
    "control-frames.error": Trouble(text="upstream unavailable"),
    "control-frames.journal": Heartbeat(),
    "control-frames.ping": Heartbeat(),
    "control-frames.pong": Heartbeat(),
    "control.other-action": Control(action=1),
    "emote.old-name": Chat(
        person=Person(handle="tobi_w"),
        emotes=(Emote(id="7012345", image="https://p16-sign.tiktokcdn.example/emote/7012345.png"),),
    ),
    "envelope-form.extras": Chat(person=TOBI, text="with raw extras"),
    "envelope-form.no-data": Chat(
        person=Person(id="123", handle="tobi_w", nickname="Tobi W."), text="fields beside the event key"
    ),
    "envelope-form.type-only": Chat(
        person=Person(id="123", handle="tobi_w", nickname="Tobi W."), text="no event key at all"
    ),
    "envelope.old-fields": Envelope(sent_ms=1780798747000, diamonds=100),
    "envelope.with-user": Envelope(envelope_id="7649000000000000790", diamonds=20, person=OTTER),
    "gift.combo-running": Gift(
        transaction_id="202606070219033A38D7B466DD66036089",
        person=MIRA,
        gift_id="5655",
        name="Rose",
        price=1,
        count=3,
        gift_type=1,
        group_id="1780798747",
    ),
    "gift.docs-example": "a gift without its id",
    "gift.id-as-string": Gift(person=TOBI, gift_id="5487", name="Finger Heart", price=5, count=2, ended=True),
    "gift.no-price": Gift(
        transaction_id="202606070225000000000000000000000002", person=TOBI, gift_id="5586", price=0, ended=True
    ),
    "gift.non-streakable": Gift(
        transaction_id="202606070224000000000000000000000001",
        person=OTTER,
        gift_id="9072",
        name="TikTok Universe",
        price=44999,
        gift_type=4,
    ),
    "gift.to-guest": Gift(
        transaction_id="202606070227000000000000000000000004",
        person=OTTER,
        gift_id="5655",
        name="Rose",
        price=1,
        ended=True,
        group_id="7055667788990011223",
        to="7055667788990011223",
    ),
    "gift.truncated-user": Gift(
        transaction_id="202606070226000000000000000000000003",
        person=Person(id="7101223344556677881"),
        gift_id="5655",
        name="Rose",
        price=1,
        ended=True,
    ),
    "gift.v2-no-transaction": Gift(person=TOBI, gift_id="5487", name="Finger Heart", price=5, count=2, ended=True),
    "imDelete.unmatched": Deletion(deleted_id="7648470148900000000"),
    "like.no-total": Like(person=Person(id="6823344556677889900", handle="tobi_w"), count=4),
    "like.totalLikeCount": Like(person=Person(handle="tobi_w", nickname="Tobi W."), count=15, total=5678),
    "limit-notice.anon": Notice(kind="anon_limit", text="Anonymous limit reached."),
    "limit-notice.demo": Notice(kind="demo_limit", text="Daily demo limit reached."),
    "limit-notice.session": Notice(kind="session_limit", text="Connection time limit reached.", session_max_ms=7200000),
    "linkMic.users-userId": CoHosts(people=(Person(id="7055667788990011223", handle="ivy.moss", nickname="Ivy Moss"),)),
    "linkMicBattle.old-name": Battle(
        status=1, hosts=(Host(score=150, handle="luna.sings"), Host(score=120, handle="max.beats"))
    ),
    "member.actionId": Join(person=NEWBIE),
    "member.numeric-action": Join(person=NEWBIE),
    "questionNew.old-name": Question(person=Person(handle="tobi_w"), text="When did you start?"),
    "roomInfo.in-data": RoomInfo(room_id="7650000000000000101", handle="luna.sings"),
    "roomInfo.nested-roomInfo": RoomInfo(
        room_id="7650000000000000101",
        handle="luna.sings",
        owner=Person(handle="luna.sings", nickname="Luna Vale"),
        title="Friday acoustic night",
        viewers=342,
        likes=4200,
    ),
    "roomInfo.number-id": RoomInfo(room_id="7650000000000000101", handle="luna.sings"),
    "roomInfo.sdk": RoomInfo(room_id="7650000000000000101", owner_id="6912345678901234501"),
    "roomInfo.toplevel": RoomInfo(room_id="7650000000000000101", handle="luna.sings"),
    "roomPin.old-fields": Pin(person=Person(handle="luna.sings"), text="Welcome to the stream!"),
    "roomPin.unpin": Pin(
        person=OTTER,
        text="Great stream!",
        off=True,
        duration_s=0,
        pinned_ms=1780798777063,
        original_id="7617400904630995734",
    ),
    "roomUserSeq.topViewers": Viewers(now=1234),
    "sdk-only.linkMicLayoutState": CoHosts(co_host_id="7055667788990011223"),
    "social.eventType": Follow(person=NEWBIE),
    "social.follow": Follow(person=NEWBIE),
    "social.share": Share(person=TOBI),
    "streamEnd.bare": StreamEnd(),
    "subscribe.no-month": Subscribe(person=Person(handle="mira.kay", nickname="Mira Kay")),
    "user.anonymous-enigma": Gift(
        transaction_id="2026060702205500000000000000000000E1",
        person=Person(
            id="7344556677889900112",
            nickname="Enigma TQ4KX",
            avatar="https://p16-sign.tiktokcdn.example/avatar/anon.webp?x-expires=1790000000",
            anonymous=True,
        ),
        gift_id="7934",
        name="Galaxy",
        price=1000,
        ended=True,
        gift_type=2,
    ),
    "user.anonymous-leaked-secuid": Gift(
        transaction_id="2026060702215500000000000000000000E2",
        person=Person(
            id="7344556677889900112",
            sec_uid="MS4wLjABAAAAexampleMiraKay0000000000000000000001",
            nickname="Enigma 91124",
            avatar="https://p16-sign.tiktokcdn.example/avatar/anon.webp?x-expires=1790000000",
            anonymous=True,
        ),
        gift_id="7934",
        name="Galaxy",
        price=1000,
        ended=True,
        gift_type=2,
    ),
    "user.badges-as-strings": Like(
        person=Person(
            id="6823344556677889900",
            handle="tobi_w",
            nickname="Tobi W.",
            avatar="https://p16-sign.tiktokcdn.example/avatar/tobi.webp?x-expires=1790000000",
            level=17,
            badges=(Badge(kind="level", text="17"),),
        ),
        count=3,
        total=4203,
    ),
    "user.free-tier-secuid-hint": Gift(
        person=Person(id="6823344556677889900", handle="tobi_w", nickname="Tobi W."),
        gift_id="5655",
        name="Rose",
        price=1,
        ended=True,
    ),
    "user.hostile-text": Chat(
        person=Person(id="7390011223344556699", handle="x", nickname="<img src=x onerror=alert(1)>\u202e"),
        text="</script><script>alert(1)</script> ❤️",
    ),
    "user.minimal": Chat(
        person=Person(id="123", handle="john123", nickname="John", level=17),
        text="Hello!",
        starred_claps=3,
        starred_score=1200,
    ),
    "user.old-docs": Chat(
        person=Person(
            id="6890011223344556677",
            handle="mira.kay",
            nickname="Mira Kay",
            avatar="https://p16-sign.tiktokcdn.example/avatar/mira.webp?x-expires=1790000000",
            moderator=True,
            badges=(Badge(kind="moderator"),),
        ),
        text="older naming",
    ),
    "user.renamed": Gift(
        transaction_id="2026060702255500000000000000000000F1",
        person=Person(
            id="6890011223344556677",
            sec_uid="MS4wLjABAAAAexampleMiraKay0000000000000000000001",
            handle="mira.kay.official",
            nickname="Mira K",
            avatar="https://p16-sign.tiktokcdn.example/avatar/mira.webp?x-expires=1790000000",
            level=31,
            badges=(
                Badge(
                    kind="level",
                    text="31",
                    image="https://p16-sign.tiktokcdn.example/badge/grade_31.png",
                    colour="#2A19EEBF",
                ),
            ),
        ),
        gift_id="5655",
        name="Rose",
        price=1,
        ended=True,
    ),
    "user.sdk-payGrade": Chat(
        person=Person(
            id="6890011223344556677",
            handle="mira.kay",
            nickname="Mira Kay",
            avatar="https://p16-sign.tiktokcdn.example/avatar/mira.webp?x-expires=1790000000",
            level=31,
            subscriber=True,
            badges=(Badge(kind="subscriber"),),
        ),
        text="SDK naming",
    ),
}
CAPTIONS_SOCKET = {
    "caption.final": [
        Caption(
            socket="captions",
            text="Hello everyone, welcome to my stream!",
            final=True,
            speaker="Speaker 1",
            language="en",
        )
    ],
    "caption.no-speaker": [Caption(socket="captions", text="Hello everyone", final=True, language="en")],
    "caption.partial": [Caption(socket="captions", text="Hello everyone, wel", speaker="Speaker 1", language="en")],
    "caption.with-timestamp": [
        Caption(
            sent_ms=1780798747000,
            socket="captions",
            text="Hello everyone welcome to the stream",
            final=True,
            speaker="Speaker 1",
            language="en",
        )
    ],
    "credits": [Credits(total=3600, used=1240, remaining=2360)],
    "credits_low": [Credits(remaining=650, percentage=18, low=True)],
    "credits_low.old": [Credits(total=3600, remaining=650, low=True)],
    "error": [Trouble(text="Only one translation language per session", code="MULTI_TRANSLATE_REJECTED")],
    "plugin-socket.final": [
        Caption(socket="captions", text="Hello everyone", final=True, language="en"),
        Translation(text="Hallo zusammen", target="de"),
    ],
    "plugin-socket.hello": [Credits(remaining=2360)],
    "plugin-socket.minutes": [Credits(remaining=2359)],
    "plugin-socket.partial": [Caption(socket="captions", text="Hello every", language="en")],
    "status.connecting": [CaptionStatus(status="connecting", text="Opening audio")],
    "status.ended": [CaptionStatus(status="ended", text="Stream ended")],
    "status.transcribing": [CaptionStatus(status="transcribing", text="")],
    "status.waiting": [CaptionStatus(status="waiting", text="Creator is not live")],
    "translation": [Translation(text="Hallo zusammen, willkommen!", speaker="Speaker 1", target="de")],
    "translation.old-language-key": [Translation(text="Hallo zusammen", target="de")],
    "translation.sdk": [Translation(text="Hallo zusammen", target="de")],
    "unknown-type": [Other(name="somethingNew")],
}
FIREHOSE = {
    "gifter_alert.anonymous": Whale(
        sent_ms=1780857189101,
        person=Person(nickname="Enigma TQ4KX", anonymous=True),
        creator="max.beats",
        gift="TikTok Universe",
        diamonds=44999,
        region="DE+",
        league="2000",
    ),
    "gifter_alert": Whale(
        sent_ms=1780857187829,
        person=Person(handle="mira.kay", nickname="Mira Kay"),
        creator="luna.sings",
        gift="Meteor Shower",
        diamonds=3000,
        region="US+",
    ),
    "unknown-type": Other(name="heartbeat"),
    "update_filter": Other(name="update_filter"),
}


def frames(folder):
    return [pytest.param(path, id=path.stem) for path in sorted((TIKTOOL / folder).glob("*.json"))]


def gift(**fields):
    return json.dumps({"event": "gift", "data": {"giftId": 5655, "user": {"id": "7"}, **fields}})


def said(**fields):
    return {"event": "chat", "data": {"user": {"id": "7"}, "comment": "x", **fields}}


def check(path, expected):
    if isinstance(expected, str):
        with pytest.raises(BadFrame) as bad:
            decode(path.read_bytes())
        assert bad.value.reason == expected
    else:
        assert decode(path.read_bytes()) == expected
        assert decode(path.read_text(encoding="utf-8")) == expected


@pytest.mark.parametrize("path", frames("live"))
def test_a_frame_of_each_kind_says_what_the_document_says(path):
    name = json.loads(path.read_text(encoding="utf-8"))["event"]
    check(path, LIVE.get(path.stem, Other(name=name)))


@pytest.mark.parametrize("path", frames("live-variants"))
def test_a_frame_in_another_form_says_the_same(path):
    sent = json.loads(path.read_text(encoding="utf-8"))
    check(path, LIVE_VARIANTS.get(path.stem, Other(name=sent.get("event", ""))))


@pytest.mark.parametrize("path", frames("captions-socket"))
def test_the_captions_socket_is_read_in_all_its_dialects(path):
    assert decode_captions(path.read_bytes()) == CAPTIONS_SOCKET[path.stem]


@pytest.mark.parametrize("path", frames("firehose"))
def test_the_firehose_tells_of_whales_and_nothing_else(path):
    assert decode_firehose(path.read_bytes()) == FIREHOSE[path.stem]


def test_the_file_of_all_events_says_the_same_as_its_single_frames():
    lines = (TIKTOOL / "live-all-events.jsonl").read_bytes().splitlines()
    assert len(lines) == 93
    for line in lines:
        name = json.loads(line)["event"]
        assert decode(line) == LIVE.get(name, Other(name=name))


def test_no_fixture_but_the_gift_without_an_id_is_bad():
    bad = []
    for folder in ("live", "live-variants"):
        for path in sorted((TIKTOOL / folder).glob("*.json")):
            bad += [path.stem for one in decode_all(path.read_bytes()) if isinstance(one, BadFrame)]
    assert bad == ["gift.docs-example"]


@pytest.mark.parametrize("name", ["room_info", "ROOMINFO", "room-info", "Room_Info", "roominfo"])
def test_a_name_is_compared_without_case_and_strokes(name):
    assert decode(json.dumps({"event": name, "roomId": "77"})) == RoomInfo(room_id="77")


def test_event_wins_over_type():
    frame = {"event": "follow", "type": "share", "data": {"type": "gift", "user": {"id": "7"}}}
    assert decode(json.dumps(frame)) == Follow(person=Person(id="7"))


def test_a_name_inside_the_payload_serves_when_there_is_no_other():
    assert decode('{"data": {"type": "share", "user": {"id": "7"}}}') == Share(person=Person(id="7"))


def test_a_payload_that_is_no_object_leaves_the_frame_itself():
    assert decode('{"event": "control", "data": null, "action": 3}') == Control(action=3)


@pytest.mark.parametrize("alias", ["roomUser", "viewer_count", "viewerCount", "roomUserSeq"])
def test_the_audience_is_read_under_its_old_names(alias):
    assert decode(json.dumps({"event": alias, "data": {"viewerCount": "12"}})) == Viewers(now=12)


def test_the_audience_that_is_not_told_is_unknown_and_zero_is_zero():
    assert decode('{"event": "roomUserSeq", "data": {"totalViewers": 9}}') == Viewers(total=9)
    assert decode('{"event": "roomUserSeq", "data": {"viewerCount": 0}}').now == 0


@pytest.mark.parametrize("user", [{}, {"user": None}, {"user": {"id": "0", "uniqueId": ""}}])
def test_a_gift_that_names_nobody_is_a_gift_of_nobody(user):
    assert decode(json.dumps({"event": "gift", "data": {"giftId": 5655} | user})).person == Person()


@pytest.mark.parametrize(
    "frame,reason",
    [
        ({"event": "gift", "data": {"user": {"id": "7"}}}, "a gift without its id"),
        ({"event": "gift", "data": {"giftId": 0, "user": {"id": "7"}}}, "a gift without its id"),
        ({"event": "chat", "data": {"user": {"id": "7"}}}, "a chat line without a text"),
        ({"event": "chat", "data": {"comment": "x"}}, "a chat line without a writer"),
        ({"event": "chat", "data": {"comment": "x", "user": {"id": "0"}}}, "a chat line without a writer"),
        ({"event": "battle", "data": {"status": 1}}, "a battle without hosts and teams"),
        ({"event": "battleArmies", "data": {"status": 1, "hosts": None}}, "a battle without hosts and teams"),
        ({"event": "linkMicArmies", "data": {}}, "a battle without hosts and teams"),
        ({"event": "imDelete", "data": {}}, "a deletion without an id"),
        ({"event": "like", "data": {"user": {"id": "7"}}}, "likes without a number"),
        ({"event": "caption", "data": {"isFinal": True}}, "a caption without a text"),
    ],
)
def test_what_lacks_a_needed_field_is_bad_and_never_a_zero(frame, reason):
    with pytest.raises(BadFrame) as bad:
        decode(json.dumps(frame))
    assert bad.value.reason == reason


@pytest.mark.parametrize(
    "frame,reason",
    [
        (b"", "the frame is not JSON"),
        (b"{", "the frame is not JSON"),
        (b"hello", "the frame is not JSON"),
        (b"7", "the frame is not an object"),
        (b"null", "the frame is not an object"),
        (b'"chat"', "the frame is not an object"),
        (b"[]", "the frame is not an object"),
    ],
)
def test_noise_is_bad(frame, reason):
    with pytest.raises(BadFrame) as bad:
        decode(frame)
    assert (bad.value.kind, bad.value.reason) == ("noise", reason)


def test_the_elements_of_a_list_are_read_in_order_and_a_bad_one_spoils_no_other():
    found = decode_all(' [{"event":"ping"}, {"event":"gift"}, 7, {"type":"control","action":3}]')
    assert [one if not isinstance(one, BadFrame) else one.kind for one in found] == [
        Heartbeat(),
        "gift",
        "noise",
        Control(action=3),
    ]
    assert decode_all("[]") == []
    assert decode_all('{"event":"ping"}') == [Heartbeat()]


@pytest.mark.parametrize(
    "value,expected",
    [
        ("7", 7),
        (7.0, 7),
        (7.9, 7),
        (" 7 ", 7),
        ("7.0", 7),
        ("x", 1),
        (None, 1),
        (-1, 1),
        (0, 1),
        (2**70, 1),
        ("1e9", 1),
        ([7], 1),
        (True, 1),
    ],
)
def test_a_count_in_any_form_is_read_and_a_wild_one_is_one_gift(value, expected):
    assert decode(gift(repeatCount=value)).count == expected


@pytest.mark.parametrize("value,expected", [("5", 5), (0, 0), (None, None), (-5, None), (2**60, None), ("free", None)])
def test_a_price_that_cannot_be_is_unknown(value, expected):
    assert decode(gift(diamondCount=value)).price == expected


@pytest.mark.parametrize(
    "value,expected",
    [
        (True, True),
        (1, True),
        ("true", True),
        ("1", True),
        (False, False),
        (0, False),
        ("false", False),
        (None, False),
        ([], False),
    ],
)
def test_a_truth_in_any_form_is_read(value, expected):
    assert decode(gift(repeatEnd=value)).ended is expected


@pytest.mark.parametrize(
    "value,expected",
    [
        ("16994210000000001499", "16994210000000001499"),
        (16994210000000001499, "16994210000000001499"),
        (2**70, str(2**70)),
        (7650000000000000101, "7650000000000000101"),
        (5.0, "5"),
    ],
)
def test_an_id_is_a_text_with_every_digit(value, expected):
    assert decode(json.dumps({"event": "gift", "data": {"giftId": 1, "user": {"id": value}}})).person.id == expected


@pytest.mark.parametrize("value", [0, "0", "", "abc", "12a", None, True, [], {}, -3, 1.5, "٣", "9" * 40])
def test_what_is_no_numeric_id_is_none(value):
    assert decode(
        json.dumps({"event": "chat", "data": {"comment": "x", "user": {"id": value, "uniqueId": "a"}}})
    ).person == Person(handle="a")


def test_the_first_id_that_is_one_serves():
    user = {"id": "0", "userId": "", "senderUserId": "9"}
    assert decode(json.dumps(said(user=user))).person == Person(id="9")
    assert decode(gift(user={"id": "0"}, senderUserId=8)).person == Person(id="8")


def test_a_handle_loses_its_at_and_its_blanks():
    assert decode(json.dumps(said(user={"uniqueId": " @mira.kay "}))).person == Person(handle="mira.kay")


@pytest.mark.parametrize("key", ["profilePictureUrl", "profilePicture", "avatar", "avatarUrl"])
def test_a_picture_is_read_under_all_its_names_and_only_from_https(key):
    good = decode(json.dumps(said(user={"id": "7", key: "https://p16.example/a.webp"})))
    assert good.person.avatar == "https://p16.example/a.webp"
    for bad in (
        "http://p16.example/a",
        "javascript:alert(1)",
        "data:image/svg+xml,x",
        "//p16.example/a",
        7,
        ["https://a"],
    ):
        assert decode(json.dumps(said(user={"id": "7", key: bad}))).person.avatar is None


@pytest.mark.parametrize("value,expected", [(17, 17), ("17", 17), (0, None), (51, None), (None, None), (-3, None)])
def test_a_level_is_one_to_fifty(value, expected):
    assert decode(json.dumps(said(user={"id": "7", "level": value}))).person.level == expected
    assert decode(json.dumps(said(user={"id": "7", "payGrade": value}))).person.level == expected


@pytest.mark.parametrize(
    "sent,expected",
    [
        ("#BF2A19EE", "#2A19EEBF"),
        ("#2A19EE", "#2A19EE"),
        ("red", None),
        ("#12", None),
        ("#FFFFFF;x:y", None),
        (7, None),
    ],
)
def test_a_badge_colour_has_its_alpha_last(sent, expected):
    user = {"id": "7", "badges": [{"name": "Fan", "colors": {"primary": sent}}]}
    assert decode(json.dumps(said(user=user))).person.badges == (Badge(kind="fan", text="Fan", colour=expected),)


def test_badges_without_a_name_are_icons_of_moderators_or_subscribers():
    url = "https://p16.example/{}.png"
    user = {"id": "7", "badges": [{"url": url.format("Moderator_3"), "name": ""}, {"url": url.format("sub")}]}
    found = decode(json.dumps(said(user=user))).person
    assert [one.kind for one in found.badges] == ["moderator", "subscriber"]
    assert found.moderator
    assert found.subscriber


@pytest.mark.parametrize(
    "key,shape",
    [
        ("emotes", {"emoteId": 7, "image": "https://e/7.png"}),
        ("emotes", {"emoteId": "7", "imageUrl": "https://e/7.png", "placeInComment": 2}),
    ],
)
def test_emotes_are_read_in_both_shapes(key, shape):
    found = decode(json.dumps(said(**{key: [shape, {}, None, 7]}))).emotes
    assert found == (Emote(id="7", image="https://e/7.png", place=shape.get("placeInComment")),)


@pytest.mark.parametrize("action", ["join", "Join", 1, "1", 1.0, None])
def test_a_member_who_joins_is_a_join(action):
    if action == 1.0 and isinstance(action, float):
        action = 1
    assert decode(json.dumps({"event": "member", "data": {"user": {"id": "7"}, "action": action}})) == Join(
        person=Person(id="7")
    )


@pytest.mark.parametrize("action", [2, 3, "2", "follow", "share", 0])
def test_a_member_who_does_something_else_is_no_join(action):
    assert decode(json.dumps({"event": "member", "data": {"user": {"id": "7"}, "action": action}})) == Other(
        name="member"
    )


@pytest.mark.parametrize(
    "fields,expected",
    [
        ({"action": "follow"}, Follow(person=Person(id="7"))),
        ({"eventType": "pm_main_follow_message_viewer_2"}, Follow(person=Person(id="7"))),
        ({"action": "Share"}, Share(person=Person(id="7"))),
        ({"eventType": "pm_mt_guidance_share"}, Share(person=Person(id="7"))),
        ({"action": 9}, Other(name="social")),
        ({}, Other(name="social")),
    ],
)
def test_social_is_a_follow_or_a_share(fields, expected):
    assert decode(json.dumps({"event": "social", "data": {"user": {"id": "7"}, **fields}})) == expected


def test_likes_keep_a_total_of_zero_and_prefer_the_present_name():
    assert decode('{"event":"like","data":{"likeCount":3,"totalLikes":0,"totalLikeCount":9}}').total == 0
    assert decode('{"event":"like","data":{"totalLikeCount":"9"}}') == Like(count=0, total=9)


@pytest.mark.parametrize(
    "sent,expected",
    [(0, 0), ("0", 0), (187, 187), (2.5, 2.5), (None, None), ("", None), (-1, None), ([], None), ("soon", None)],
)
def test_the_time_left_is_unknown_when_it_is_not_told(sent, expected):
    frame = {"event": "battleArmies", "data": {"hosts": [], "secsRemaining": sent}}
    assert decode(json.dumps(frame)).remaining_s == expected


@pytest.mark.parametrize(
    "sent,expected",
    [
        (1780798747000, 1780798747000),
        (1780798747, 1780798747000),
        ("1780798747000", 1780798747000),
        ("2026-06-07T02:19:03.000Z", 1780798743000),
        ("2026-06-07T04:19:03+02:00", 1780798743000),
        ("2026-06-07T02:19:03", 1780798743000),
        (0, None),
        ("soon", None),
        ("TT", None),
        (None, None),
    ],
)
def test_a_time_is_told_by_its_form(sent, expected):
    assert decode(json.dumps(said(timestamp=sent))).sent_ms == expected


def test_caption_times_stay_as_they_are_and_both_spellings_serve():
    for start, end in (("startedAtMs", "endsAtMs"), ("startMs", "endMs")):
        frame = {"type": "caption", "text": "x", start: 0, end: 300}
        found = decode_captions(json.dumps(frame))[0]
        assert (found.start_ms, found.end_ms) == (0, 300)


def test_a_translation_keeps_its_speaker_and_its_time():
    frame = {"type": "translation", "text": "x", "speaker": "A", "targetLanguage": "de", "startedAtMs": 300}
    assert decode_captions(json.dumps(frame)) == [Translation(text="x", speaker="A", target="de", start_ms=300)]


def test_an_empty_caption_is_one():
    assert decode_captions('{"type":"caption","text":"","isFinal":true}') == [Caption(socket="captions", final=True)]


def test_givers_who_all_carry_the_team_score_are_shown_without_figures():
    user = [{"user": {"id": str(n)}, "score": 122} for n in (1, 2)]
    frame = {"event": "battleArmies", "data": {"teams": [{"hostUserId": "H", "score": 122, "users": user}]}}
    assert [one.score for one in decode(json.dumps(frame)).hosts[0].contributors] == [None, None]
    frame["data"]["teams"][0]["users"] = user[:1]
    assert [one.score for one in decode(json.dumps(frame)).hosts[0].contributors] == [122]


def test_scores_beside_the_teams_serve_where_a_team_has_none():
    frame = {
        "event": "battle",
        "data": {"teams": [{"hostUserId": "H1"}, {"hostUserId": "H2", "score": 7}], "scores": [5, 6]},
    }
    assert [one.score for one in decode(json.dumps(frame)).hosts] == [5, 7]


def test_a_host_without_any_name_stands_at_its_index():
    frame = {"event": "battleArmies", "data": {"teams": [{"score": 1}, {"score": 2}]}}
    assert [one.team for one in decode(json.dumps(frame)).hosts] == [0, 1]


def test_a_booster_knows_its_multiplier_by_its_name():
    frame = {"event": "battleItemCard", "data": {"effect": "booster_x2", "senderUserId": "u1"}}
    assert decode(json.dumps(frame)) == Card(effect="booster_x2", multiplier=2, person=Person(id="u1"))


@pytest.mark.parametrize(
    "name,expected",
    [
        ("lone-surrogate.json", Gift(person=Person(id="7"), gift_id="5655", name="\ufffd")),
        ("lone-low-surrogate.json", Gift(person=Person(id="7"), gift_id="5655", name="a\ufffdb")),
        ("nan.json", Gift(person=Person(id="7"), gift_id="5655")),
        ("infinity.json", Gift(person=Person(id="7"), gift_id="5655")),
        ("number-too-large.json", Gift(person=Person(id="7"), gift_id="5655")),
        ("integer-of-5000-digits.json", Gift(person=Person(id="7"), gift_id="5655")),
        ("invalid-utf8.json", Gift(person=Person(id="7"), gift_id="5655", name="\ufffd\ufffd")),
        ("byte-order-mark.json", Gift(person=Person(id="7"), gift_id="5655", count=2)),
        ("user-is-a-list.json", Gift(person=Person(id="8"), gift_id="5655")),
        ("data-is-a-list.json", Chat(person=Person(id="7"), text="y")),
        ("data-is-a-text.json", StreamEnd()),
        ("event-is-an-object.json", Other(name="")),
        ("badges-are-an-object.json", Chat(person=Person(id="7"), text="x")),
        ("caption-times-wild.json", Caption(text="x")),
    ],
)
def test_a_mended_frame_still_counts(name, expected):
    assert decode((FRAMES / "broken" / name).read_bytes()) == expected


def test_a_reason_holds_no_text_of_theirs():
    with pytest.raises(BadFrame) as bad:
        decode(json.dumps({"event": "chat", "data": {"user": {"nickname": "secret-name"}}}))
    assert "secret-name" not in str(bad.value)
