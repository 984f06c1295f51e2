"""The names under which news text speaks of a country: its own, its people's, its capital's.

"Washington" decides, "American" arms are bought and "les États-Unis" sign: to a reader they are one.
"""

from __future__ import annotations

from functools import lru_cache

from qa.analysis import fold

_NAMES = """
ukraine ukrainien ukrainienne ukrainiens ukrainiennes ukrainian ukrainians kiev kyiv
russie russia russe russes russian russians moscou moscow kremlin
états-unis usa us america american americans américain américaine américains américaines washington maison-blanche
france français française françaises french paris élysée
royaume-uni uk britain british britannique britanniques londres london
allemagne germany allemand allemande allemands allemandes german germans berlin
pologne poland polonais polonaise polonaises polish varsovie warsaw
chine china chinois chinoise chinoises chinese pékin beijing
turquie turkey türkiye turc turque turcs turques turkish ankara
italie italy italien italienne italiens italiennes italian rome
espagne spain espagnol espagnole espagnols espagnoles spanish madrid
belgique belgium belge belges belgian bruxelles brussels
norvège norway norvégien norvégienne norvégiens norvégiennes norwegian oslo
suède sweden suédois suédoise suédoises swedish stockholm
finlande finland finlandais finlandaise finlandaises finnish helsinki
danemark denmark danois danoise danoises danish copenhague copenhagen
pays-bas netherlands néerlandais néerlandaise néerlandaises dutch
canada canadien canadienne canadiens canadiennes canadian ottawa
japon japan japonais japonaise japonaises japanese tokyo
israël israel israélien israélienne israéliens israéliennes israeli jérusalem jerusalem
iran iranien iranienne iraniens iraniennes iranian téhéran tehran
estonie estonia estonien estonienne estonian tallinn
lettonie latvia letton lettone latvian riga
lituanie lithuania lituanien lituanienne lithuanian vilnius
roumanie romania roumain roumaine romanian bucarest bucharest
biélorussie belarus biélorusse belarusian minsk
moldavie moldova moldave moldovan chisinau
islande iceland islandais islandaise icelandic reykjavik
"""


@lru_cache(maxsize=1)
def _by_name() -> dict[str, frozenset[str]]:
    groups = [frozenset(fold(name) for name in line.split()) for line in _NAMES.strip().splitlines()]
    return {name: group for group in groups for name in group}


def same_country(name: str) -> frozenset[str]:
    """Other folded names of the country that ``name`` stands for; empty when it stands for none known."""
    return _by_name().get(fold(name), frozenset()) - {fold(name)}
