"""Which columns say who somebody is: by the words in their names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from trustlab.models.subject import Subject

QUASI = {
    "age", "agegroup", "birth", "birthday", "birthdate", "birthyear", "born", "dob", "yob", "sex", "gender", "race",
    "ethnic", "ethnicity", "nationality", "nation", "citizenship", "native", "country", "state", "region", "city",
    "town", "county", "district", "zip", "zipcode", "postcode", "postal", "plz", "marital", "married", "civil",
    "education", "educ", "occupation", "occup", "job", "profession", "religion", "language", "height",
    "dependents", "children", "household", "veteran", "foreign",
}  # fmt: skip
PERSONAL = {
    "firstname", "lastname", "surname", "forename", "fullname", "familyname", "givenname", "maidenname", "patientname",
    "customername", "clientname", "username", "login", "email", "mail", "phone", "telephone", "mobile", "ssn",
    "passport", "iban", "street", "streetaddress", "homeaddress", "ipaddress", "nationalid", "taxid", "driverslicense",
    "licenseplate", "creditcard", "cardnumber", "accountnumber",
}  # fmt: skip
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def words_of(name: object) -> list[str]:
    """Return the words of a column's name, in small letters: ``maritalStatus``, ``marital_status`` and so on."""
    return [word.lower() for word in _WORDS.findall(str(name))]


def is_quasi(name: object) -> bool:
    """Return whether a column's name holds a word for what others may know of a person."""
    return bool(QUASI & set(words_of(name)))


def is_personal(name: object) -> bool:
    """Return whether a column's name is a word for what names one person alone."""
    words = words_of(name)
    pairs = {"".join(words[at : at + 2]) for at in range(len(words))}
    return bool(PERSONAL & (set(words) | pairs))


def whole_frame(subject: Subject) -> pd.DataFrame:
    """Return the rows that are audited, or all that were read where training rows were set apart from them."""
    if subject.whole is not None and subject.scope != "all rows":
        return subject.whole.frame
    return subject.dataset.frame
