"""STOP and START in the languages of our recipients. Pure.

Meta handles no such word: we do. A word counts only as the whole message, whatever its case, accents and the marks
around it. No word stands here that also answers an appointment or a question ("cancel", "no", "end").
"""

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True)
class OptWord:
    """What the person asked for, and the language they asked in (ISO 639-1)."""

    is_stop: bool
    language: str


_STOP = {
    "en": ("stop", "stop all", "stopall", "unsubscribe", "opt out", "opt-out", "optout"),
    "es": ("parar", "baja", "darme de baja", "dar de baja", "no más mensajes"),
    "pt": ("sair", "parar", "descadastrar", "remover"),
    "fr": ("arrêt", "arrêter", "désabonner", "se désabonner", "désinscription"),
    "de": ("stopp", "abmelden", "abbestellen"),
    "it": ("ferma", "disiscrivi", "disiscrivimi"),
    "nl": ("stoppen", "afmelden", "uitschrijven"),
    "pl": ("wypisz", "wypisz mnie"),
    "ru": ("стоп", "отписаться", "отписка"),
    "uk": ("відписатися", "відписка"),
    "tr": ("dur", "durdur", "abonelikten çık"),
    "ar": ("توقف", "إيقاف", "الغاء الاشتراك", "إلغاء الاشتراك"),
    "he": ("הסר", "הפסק"),
    "hi": ("रोकें", "रोको", "बंद करें"),
    "bn": ("থামুন", "বন্ধ করুন"),
    "ur": ("بند کریں", "روکیں"),
    "id": ("berhenti", "berhenti langganan"),
    "ms": ("henti", "batal langganan"),
    "sw": ("acha", "simama", "jiondoe"),
    "vi": ("dừng", "hủy đăng ký"),
    "th": ("หยุด", "ยกเลิกการรับข่าวสาร"),
    "zh": ("停止", "退订", "退訂"),
    "ja": ("停止", "配信停止"),
    "ko": ("중지", "수신거부", "수신 거부"),
    "sv": ("sluta", "avsluta prenumeration"),
    "ro": ("oprește", "dezabonare"),
    "el": ("σταμάτα", "διαγραφή"),
}
_START = {
    "en": ("start", "unstop", "subscribe", "opt in", "opt-in", "optin"),
    "es": ("alta", "empezar", "suscribirme", "reanudar"),
    "pt": ("começar", "iniciar", "inscrever"),
    "fr": ("démarrer", "reprendre", "s'abonner"),
    "de": ("starten", "anmelden"),
    "it": ("inizia", "iscrivi", "iscrivimi"),
    "nl": ("aanmelden", "inschrijven"),
    "pl": ("zapisz", "zapisz mnie"),
    "ru": ("старт", "подписаться"),
    "uk": ("підписатися",),
    "tr": ("başla", "başlat"),
    "ar": ("ابدأ", "بدء", "اشتراك"),
    "he": ("התחל",),
    "hi": ("शुरू करें", "शुरू"),
    "bn": ("শুরু করুন",),
    "ur": ("شروع کریں",),
    "id": ("mulai",),
    "ms": ("mula",),
    "sw": ("anza",),
    "vi": ("bắt đầu",),
    "th": ("เริ่ม",),
    "zh": ("开始", "開始", "订阅"),
    "ja": ("開始", "再開"),
    "ko": ("시작",),
    "sv": ("börja",),
    "ro": ("începe", "abonare"),
    "el": ("ξεκίνα",),
}
_DEFAULT_LANGUAGE = "en"


def opt_word(text: str) -> OptWord | None:
    """Say whether `text` as a whole asks to stop or to start; None for everything else."""
    # A word is short; a novel need not be normalised to know that it is none.
    return _WORDS.get(normalised(text)) if len(text) <= 100 else None


def normalised(text: str) -> str:
    """Fold case and Latin, Greek and Cyrillic accents, and drop marks around and doubled spaces within."""
    # Marks of other scripts are vowels: dropping them would make other words.
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_TYPED_OTHERWISE))
    plain = "".join(char for char in decomposed if not 0x0300 <= ord(char) <= 0x036F)
    return " ".join(_without_marks_around(unicodedata.normalize("NFKC", plain)).split())


# A Turkish I has lost its dot, or kept it, by the keyboard's language; phones write the curly apostrophe.
_TYPED_OTHERWISE = str.maketrans({"ı": "i", "’": "'"})


def _without_marks_around(text: str) -> str:
    """Drop punctuation, symbols, emoji, spaces and invisible characters at both ends."""
    start, end = 0, len(text)
    while start < end and _is_mark(text[start]):
        start += 1
    while end > start and _is_mark(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_mark(char: str) -> bool:
    return unicodedata.category(char)[0] in "PSZC" or char == "\ufe0f"


def _by_word() -> dict[str, OptWord]:
    words: dict[str, OptWord] = {}
    for is_stop, languages in ((True, _STOP), (False, _START)):
        for language, forms in languages.items():
            for form in forms:
                words.setdefault(normalised(form), OptWord(is_stop, language))
    return words


_WORDS = _by_word()

STOPPED = {
    "en": "You will not receive any more messages from us. Write START if you change your mind.",
    "es": "No recibirás más mensajes nuestros. Escribe ALTA si cambias de opinión.",
    "pt": "Você não receberá mais mensagens nossas. Escreva INICIAR se mudar de ideia.",
    "fr": "Vous ne recevrez plus de messages de notre part. Écrivez REPRENDRE si vous changez d'avis.",
    "de": "Sie erhalten keine Nachrichten mehr von uns. Schreiben Sie START, wenn Sie es sich anders überlegen.",
}
STARTED = {
    "en": "You will receive our messages again. Write STOP at any time to end them.",
    "es": "Volverás a recibir nuestros mensajes. Escribe BAJA cuando quieras para dejar de recibirlos.",
    "pt": "Você voltará a receber nossas mensagens. Escreva SAIR quando quiser parar.",
    "fr": "Vous recevrez de nouveau nos messages. Écrivez ARRÊT à tout moment pour ne plus en recevoir.",
    "de": "Sie erhalten wieder Nachrichten von uns. Schreiben Sie STOPP, um sie jederzeit zu beenden.",
}


def confirmation(word: OptWord) -> str:
    """The one reply that says what was understood, in the person's language where we have it."""
    texts = STOPPED if word.is_stop else STARTED
    return texts.get(word.language, texts[_DEFAULT_LANGUAGE])
