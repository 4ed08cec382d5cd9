"""What the simulated creators say, sentence by sentence and in seven languages, so captions can be translated.

Only a table: rows are sentences, columns the languages of LANGUAGES.
"""

from __future__ import annotations

LANGUAGES: tuple[str, ...] = ("en", "de", "es", "fr", "ja", "ar", "ko")

SENTENCES: tuple[tuple[str, ...], ...] = (
    (
        "Hello everyone, welcome to my stream!",
        "Hallo zusammen, willkommen in meinem Stream!",
        "¡Hola a todos, bienvenidos a mi directo!",
        "Bonjour à tous, bienvenue sur mon live !",
        "みなさんこんばんは、配信へようこそ！",
        "مرحبا بالجميع، أهلا بكم في البث!",
        "여러분 안녕하세요, 방송에 오신 걸 환영해요!",
    ),
    (
        "Give me one second, I just have to tune this string again.",
        "Gebt mir eine Sekunde, ich muss nur diese Saite noch einmal stimmen.",
        "Dadme un segundo, tengo que afinar esta cuerda otra vez.",
        "Une seconde, je dois juste réaccorder cette corde.",
        "ちょっと待ってね、この弦をもう一回チューニングします。",
        "ثانية واحدة، علي أن أضبط هذا الوتر مرة أخرى.",
        "잠깐만요, 이 줄을 다시 조율해야 해요.",
    ),
    (
        "This next one is for everybody who could not sleep last night.",
        "Das nächste Lied ist für alle, die letzte Nacht nicht schlafen konnten.",
        "La siguiente es para todos los que no pudieron dormir anoche.",
        "La prochaine est pour tous ceux qui n'ont pas pu dormir cette nuit.",
        "次の曲は、昨日の夜眠れなかったみんなのために。",
        "الأغنية التالية لكل من لم يستطع النوم ليلة أمس.",
        "다음 곡은 어젯밤 잠 못 든 모든 분들을 위한 노래예요.",
    ),
    (
        "Thank you so much for the roses, you are too kind.",
        "Vielen Dank für die Rosen, ihr seid viel zu lieb.",
        "Muchísimas gracias por las rosas, sois un amor.",
        "Merci beaucoup pour les roses, vous êtes adorables.",
        "バラをありがとう、やさしすぎるよ。",
        "شكرا جزيلا على الورود، أنتم لطفاء جدا.",
        "장미 정말 고마워요, 너무 다정하세요.",
    ),
    (
        "Okay, we are only a few likes away from the goal.",
        "Okay, uns fehlen nur noch ein paar Likes bis zum Ziel.",
        "Vale, nos faltan muy pocos me gusta para la meta.",
        "OK, il ne manque que quelques likes pour l'objectif.",
        "よし、目標まであと少しだけだよ。",
        "حسنا، تفصلنا إعجابات قليلة عن الهدف.",
        "좋아요, 목표까지 조금밖에 안 남았어요.",
    ),
    (
        "Somebody in the chat asked where I am from, so: a small town by the sea.",
        "Im Chat fragt jemand, woher ich komme, also: aus einer kleinen Stadt am Meer.",
        "Alguien pregunta en el chat de dónde soy: de un pueblo junto al mar.",
        "Quelqu'un demande d'où je viens : d'une petite ville au bord de la mer.",
        "チャットで出身を聞かれたけど、海の近くの小さな町です。",
        "سألني أحدهم من أين أنا: من بلدة صغيرة على البحر.",
        "채팅에서 어디 출신이냐고 하셨는데, 바닷가 작은 마을이에요.",
    ),
    ("No.", "Nein.", "No.", "Non.", "いや。", "لا.", "아니."),
    (
        "Wait, wait, wait, did you all see that?",
        "Moment, Moment, habt ihr das alle gesehen?",
        "Espera, espera, ¿habéis visto eso?",
        "Attendez, attendez, vous avez vu ça ?",
        "待って待って、今の見た？",
        "انتظروا، انتظروا، هل رأيتم ذلك؟",
        "잠깐, 잠깐만요, 다들 봤어요?",
    ),
    (
        "If you are new here, hit follow, we are live every Friday at eight.",
        "Wenn du neu bist, folge mir, wir sind jeden Freitag um acht live.",
        "Si eres nuevo, sígueme, estamos en directo cada viernes a las ocho.",
        "Si tu es nouveau, abonne-toi, on est en live chaque vendredi à vingt heures.",
        "初めての人はフォローしてね、毎週金曜の八時に配信してます。",
        "إن كنت جديدا فتابعني، نحن في بث مباشر كل جمعة في الثامنة.",
        "처음이시면 팔로우해 주세요, 매주 금요일 여덟 시에 방송해요.",
    ),
    (
        "I wrote this song on a train, somewhere between two cities, in about ten minutes, and I never changed a word.",
        "Dieses Lied habe ich im Zug geschrieben, irgendwo zwischen zwei Städten, in zehn Minuten, kein Wort geändert.",
        "Escribí esta canción en un tren, entre dos ciudades, en diez minutos, y no cambié ni una palabra.",
        "J'ai écrit cette chanson dans un train, entre deux villes, en dix minutes, sans changer un mot.",
        "この曲は電車の中で、街と街のあいだで十分くらいで書いて、一言も変えていません。",
        "كتبت هذه الأغنية في القطار بين مدينتين في عشر دقائق ولم أغير منها كلمة.",
        "이 노래는 기차 안에서, 두 도시 사이 어딘가에서 십 분 만에 썼고 한 단어도 안 바꿨어요.",
    ),
    (
        "Shall we do one more battle before I go?",
        "Sollen wir noch ein Battle machen, bevor ich gehe?",
        "¿Hacemos una batalla más antes de irme?",
        "On fait encore une battle avant que je parte ?",
        "終わる前にもう一回バトルする？",
        "هل نخوض معركة أخرى قبل أن أذهب؟",
        "가기 전에 배틀 한 번 더 할까요?",
    ),
    (
        "That was a lot of fun, good game, go and follow her too.",
        "Das hat großen Spaß gemacht, gutes Spiel, folgt ihr auch.",
        "Ha sido muy divertido, buena partida, seguidla a ella también.",
        "C'était super, bien joué, suivez-la aussi.",
        "すごく楽しかった、いい試合だったね、彼女もフォローしてね。",
        "كان ذلك ممتعا جدا، لعبة جيدة، تابعوها أيضا.",
        "정말 재밌었어요, 좋은 게임이었고 그분도 팔로우해 주세요.",
    ),
)

#: Words a recogniser hears first, before it corrects itself.
MISHEARD: dict[str, str] = {
    "en": "uh",
    "de": "äh",
    "es": "eh",
    "fr": "euh",
    "ja": "えっと",
    "ar": "يعني",
    "ko": "음",
}

NO_SPACES = frozenset({"ja", "zh", "th"})


def translated(row: int, target: str, spoken: str) -> str:
    """Give a sentence in the target language; a language without a column is marked as such."""
    if target in LANGUAGES:
        return SENTENCES[row][LANGUAGES.index(target)]
    return f"[{target}] {SENTENCES[row][LANGUAGES.index(spoken)]}"


def windows(text: str, language: str, step: int) -> list[str]:
    """Cut a sentence into growing windows, as a recogniser hands them out."""
    if language in NO_SPACES:
        return [text[:end] for end in range(step, len(text), step)]
    parts = text.split(" ")
    return [" ".join(parts[:end]) for end in range(step, len(parts), step)]
