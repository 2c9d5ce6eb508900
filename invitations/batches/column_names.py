"""What people call the columns of a list, in many languages. Pure."""

import unicodedata
from enum import StrEnum


class Column(StrEnum):
    """What a column holds."""

    PHONE = "phone"
    NAME = "recipient_name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    COMPANY = "company_name"
    WORDS = "words"


# The first group is preferred to the second, and so on: a list may have a WhatsApp number beside others.
_PHONES = (
    """whatsapp, whatsapp number, whatsapp phone, whatsapp no, wa number, wa id, número de whatsapp, numero whatsapp,
    teléfono whatsapp, numéro whatsapp, whatsapp nummer, WhatsApp-Nr, ватсап, واتساب""",
    """mobile, mobile number, mobile phone, mobile no, mobile phone number, cell, cell phone, cell number, cellphone,
    cellular, móvil, teléfono móvil, número móvil, celular, número de celular, teléfono celular, portable,
    téléphone portable, téléphone mobile, numéro de portable, telemóvel, handy, handynummer, mobilnummer, mobiltelefon,
    cellulare, numero di cellulare, mobiel, mobiel nummer, cep telefonu, komórka, telefon komórkowy, мобильный, 手机,
    手机号, 手机号码, 携帯, 携帯電話, الجوال, مोबाइल, मोबाइल""",
    """phone, phone number, phone no, phone nr, phone num, phone #, telephone, telephone number, telephone no, tel,
    tel no, tel nr, tel number, msisdn, contact number, e164, phone 1 value, phone 1, primary phone, main phone,
    teléfono, número de teléfono, nº de teléfono, num teléfono, fono, téléphone, numéro de téléphone,
    n° de téléphone, telefone, número de telefone, nº de telefone, fone, telefon, telefonnummer, telefon nr,
    rufnummer, telefono, numero di telefono, telefoon, telefoonnummer, telefon numarası, numer telefonu,
    телефон, номер телефона, τηλέφωνο, 电话, 电话号码, 電話, 電話番号, 전화, 전화번호, هاتف, رقم الهاتف, טלפון,
    फ़ोन, फोन, điện thoại, số điện thoại, nomor telepon, telepon""",
    # They may as well count the rows.
    "number, número, numéro, numero, nummer, номер",
)
_OTHERS = {
    Column.NAME: """name, full name, recipient name, recipient, contact, contact name, person, customer, customer name,
        client, client name, display name, nombre, nombre completo, nombre y apellidos, contacto, destinatario, cliente,
        nom complet, destinataire, contact nom, nome, nome completo, contato, contacto, ansprechpartner, kontakt,
        vollständiger name, empfänger, naam, volledige naam, imię i nazwisko, ad soyad, имя, фио, όνομα, 姓名, 名前,
        氏名, 이름, الاسم, שם, नाम, tên, nama""",
    Column.FIRST_NAME: """first name, given name, forename, fname, nombre de pila, primer nombre, prénom, primeiro nome,
        vorname, nome di battesimo, voornaam, imię, ad""",
    Column.LAST_NAME: """last name, surname, family name, lname, apellido, apellidos, nom, nom de famille, sobrenome,
        apelido, nachname, familienname, cognome, achternaam, nazwisko, soyad, фамилия""",
    Column.COMPANY: """company, company name, business, business name, organization, organisation, organization name,
        organisation name, employer, firm, store, shop, empresa, nombre de la empresa, negocio, razón social, compañía,
        entreprise, société, nom de l'entreprise, raison sociale, nome da empresa, firma, unternehmen, firmenname,
        azienda, società, nome azienda, ragione sociale, bedrijf, bedrijfsnaam, firma adı, şirket, компания,
        организация, εταιρεία, 公司, 会社, 会社名, 회사, الشركة, חברה, कंपनी, công ty, perusahaan""",
    Column.WORDS: """message, text, own message, personal message, own words, words, note, mensaje, texto, mensagem,
        nachricht, bericht, messaggio, testo, wiadomość, mesaj, сообщение, μήνυμα, 消息, メッセージ, 메시지, رسالة,
        הודעה, संदेश, tin nhắn, pesan""",
}


# Nobody calls a column so; what stands there is no name of one.
_LONGEST_NAME = 100


def plain(name: str) -> str:
    """Letters and digits only, small and without accents: "Nº de Teléfono" gives "nodetelefono"."""
    letters = unicodedata.normalize("NFKD", name).casefold()
    return "".join(char for char in letters if char.isalnum())


def _spellings(text: str) -> list[str]:
    return [spelling for spelling in map(plain, text.split(",")) if spelling]


_PHONE_RANK = {spelling: rank for rank, group in enumerate(_PHONES) for spelling in _spellings(group)}
_MEANING = {spelling: column for column, text in _OTHERS.items() for spelling in _spellings(text)}


def meaning_of(name: str) -> tuple[Column, int] | None:
    """What a column with this name holds, and its rank among several that hold the same; None if nobody knows."""
    spelling = plain(name) if len(name) <= _LONGEST_NAME else ""
    if spelling in _PHONE_RANK:
        return Column.PHONE, _PHONE_RANK[spelling]
    column = _MEANING.get(spelling)
    return (column, 0) if column else None
