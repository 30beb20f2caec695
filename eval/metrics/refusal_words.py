"""Wordings by which an answer says that the sources do not hold something, in six languages."""

import re
from typing import Final

_SOURCES_EN: Final = (
    r"(?:(?:these|those|the|your|my|our|any\s+of\s+the|any|all|this|both|none\s+of\s+the)\s+)"
    r"(?:\w+(?:[\s-]\w+)?\s+)?"
    r"(?:sources?|passages?|documents?|documentation|context|excerpts?|text|texts|materials?|"
    r"information|notes|lesson\s+(?:and|or|nor)\s+(?:the\s+)?(?:vendor\s+)?\w+)"
)
_TELL_EN: Final = (
    r"(?:answer|mention|say|state|give|contain|include|provide|specify|hold|cover|discuss|address|"
    r"list|tell|reveal|disclose|indicate|offer|name|have|describe|explain|report|speak|show|note|"
    r"detail|define|touch|deal|refer|quote|identify|clarify|record|go\s+into)"
)
_NOT: Final = r"(?:do(?:es)?\s*(?:not|n['’]t)|did\s*(?:not|n['’]t)|cannot|can['’]t|never)"
_IN: Final = r"(?:in|from|by|within|among|on|using|with)"
_ENGLISH: Final = (
    rf"(?:\b{_SOURCES_EN}|^\W*(?:sources|passages|documents))(?:\s+(?:that\s+)?(?:I|you|we)\s+(?:was|were|am|have)?\s*\w+)?"
    rf"(?:\s+(?:provided|given|shown|above|below|here|retrieved|available|at\s+hand|on\s+[\w-]+))?\s+"
    rf"(?:simply\s+|unfortunately\s+|also\s+)?{_NOT}\s+"
    rf"(?:\w+ly\s+|actually\s+|directly\s+|even\s+)?{_TELL_EN}",
    rf"\b{_SOURCES_EN}\s+(?:\w+\s+)?(?:contain|hold|have|give|offer|provide|include|say|mention|"
    r"make)s?\s+(?:no\b(?!\s+(?:more|longer))|nothing|neither|none)",
    rf"\b{_SOURCES_EN}\s+(?:is|are)\s+silent",
    rf"\b(?:none|neither|nothing)\b[^.]{{0,40}}\b{_IN}?\s*{_SOURCES_EN}",
    rf"\bno(?:ne)?\s+(?:of\s+)?(?:the\s+)?(?:\w+\s+)?(?:sources?|passages?|excerpts?)\b[^.]{{0,30}}"
    rf"\b(?:{_TELL_EN}s?|{_TELL_EN[:-1]}|mentions?|answers?|gives?|says?)\b)",
    rf"(?:\b(?:not|no|cannot|nothing|nowhere|unable|without|unclear|missing|absent)|n['’]t)\b[^.;]{{0,90}}?"
    rf"\b{_IN}\s+{_SOURCES_EN}",
    rf"^\W*(?:according\s+to|based\s+on|from|in|within)\s+{_SOURCES_EN}[^.]{{0,60}}"
    r"\b(?:is\s+not|are\s+not|isn['’]t|aren['’]t|cannot|can['’]t|there\s+is\s+no|no\s+information)\b",
    r"\bthere\s+(?:is|are|was|were)\s+(?:no|not\s+(?:any|enough))\s+(?:\w+\s+){0,2}"
    r"(?:information|mention|details?|answer|reference|indication|evidence|discussion|passages?|"
    r"sources?)\b",
    r"\b(?:no|insufficient|not\s+enough|lack(?:s|ing)?\s+(?:of\s+)?(?:any\s+)?(?:the\s+)?)\s*"
    r"(?:\w+\s+)?(?:information|details|mention|context)\s+"
    r"(?:(?:is|was|are)\s+(?:given|provided|available|made|included)|to\s+answer|on|about|"
    r"regarding|concerning|in)\b",
    r"\bI(?:['’]m|\s+am|\s+was)?\s+(?:sorry|unable|not\s+able|afraid)\b",
    r"\bI\s+(?:\w+\s+)?(?:cannot|can['’]?t|can\s+not|could\s*n['’]t|could\s+not|do\s*n['’]t|"
    r"do\s+not|did\s+not|did\s*n['’]t|was\s+not)\s+(?:\w+ly\s+)?(?:find|answer|provide|determine|"
    r"say|know|tell|help|assist|have|see|give|confirm|locate|comment|speak|able|offer|write|"
    r"identify|verify)\b",
    r"\bI\s+have\s+(?:no|not\s+enough|insufficient)\s+(?:\w+\s+)?(?:information|data|source|details?)",
    r"\b(?:is|are|was|were)\s*(?:not|n['’]t|nowhere|never)\s+(?:\w+ly\s+)?(?:mentioned|stated|"
    r"specified|covered|addressed|discussed|answered|included|present|found|listed)"
    r"(?:\s+(?:here|there|anywhere|at\s+all|either|in\s+detail))?\s*[.!]?$",
    r"^\W*(?:this|that|the\s+answer|it|the\s+\w+)\s+(?:is\s*(?:not|n['’]t)|cannot\s+be|can['’]t\s+be)"
    r"\s+(?:\w+ly\s+)?(?:answered|determined|found|known|told|said|given)\b",
    r"\b(?:beyond|outside)\s+(?:of\s+)?the\s+(?:scope|range|coverage)\b",
    r"\b(?:unanswerable|not\s+answerable)\b",
    r"^\W*(?:not\s+(?:found|mentioned|stated|specified|available|in\s+(?:these|the)\s+\w+)|"
    r"unknown|no\s+answer(?:\s+found)?|n/a|no\s+information)\W*$",
)
_QUELLEN: Final = (
    r"(?:(?:diese[nrms]?|de[nrms]|die|das|den|Ihren|meinen|vorliegenden|keiner\s+der|keine\s+der)\s+)"
    r"(?:\w+\s+)?(?:Quellen?|Textstellen?|Passagen?|Dokumenten?|Dokumente|Unterlagen|Texten?|"
    r"Abschnitten?|Auszügen?|Auszüge|Materialien|Kontext|Textausschnitte[n]?|Ausschnitte[n]?)"
)
_GERMAN: Final = (
    rf"\b(?:nicht|nichts|keine?[nrms]?|nirgends|weder)\b[^.;]{{0,90}}\b(?:in|aus|von|mit|anhand)\s+"
    rf"{_QUELLEN}",
    rf"\b(?:in|aus|laut|nach|anhand)\s+{_QUELLEN}[^.;]{{0,90}}\b(?:nicht|nichts|keine?[nrms]?)\b",
    rf"\b{_QUELLEN}\s+(?:\w+\s+)?(?:enthalten|enthält|nennen|nennt|geben|gibt|sagen|sagt|"
    r"beantworten|beantwortet|erwähnen|erwähnt|machen|macht|liefern|liefert|verraten|bieten)\b"
    r"[^.;]{0,90}\b(?:nicht|nichts|keine?[nrms]?|weder)\b",
    r"\bkeine[rn]?\s+(?:der\s+|dieser\s+)?(?:\w+\s+)?(?:Quellen?|Passagen?|Textstellen?)\b",
    r"\bich\s+(?:kann|konnte|weiß|finde|habe)\b[^.;]{0,80}\b(?:nicht|nichts|keine?[nrms]?)\b",
    r"\b(?:kann|konnte)\s+ich\b[^.;]{0,80}\b(?:nicht|nichts|keine?[nrms]?)\b",
    r"(?<!macht\s)(?<!machen\s)\bkeine\s+(?:näheren\s+|genauen\s+)?(?:Angaben?|Informationen|Information|Aussagen?|Auskunft)\b",
    r"\b(?:geht|gehen)\b[^.;]{0,80}\bnicht\s+hervor\b|\bnicht\s+(?:hervorgeht|entnehmen)\b",
)
_LES_SOURCES: Final = (
    r"(?:(?:ces|les|des|aux|mes|vos|aucune?\s+des|aucune?\s+de\s+ces)\s+)(?:\w+\s+)?"
    r"(?:sources?|passages?|documents?|extraits?|textes?|informations?|éléments)"
)
_FRENCH: Final = (
    rf"\b{_LES_SOURCES}\s+(?:\w+s?\s+)?(?:ne\s|n['’])",
    rf"\b(?:ne\s|n['’])[^.;]{{0,80}}\b(?:pas|aucune?|rien|nulle\s+part)\b[^.;]{{0,60}}\b"
    rf"(?:dans|par|de)\s+{_LES_SOURCES}",
    r"\bje\s+(?:ne|n['’])\s*(?:\w+\s+)?(?:peux|sais|trouve|dispose|suis|connais|vois|ai)\b[^.;]{0,40}"
    r"\b(?:pas|aucune?|rien)\b",
    r"\baucune?\s+(?:information|mention|réponse|indication|donnée|précision|source)\b",
    r"\b(?:n['’]est|ne\s+sont|n['’]a\s+pas\s+été|n['’]y)\s+(?:pas\s+)?(?:\w+\s+)?(?:mentionné|indiqué|"
    r"précisé|figure)",
)
_LAS_FUENTES: Final = (
    r"(?:(?:estas|las|los|estos|mis|ninguna\s+de\s+las|ninguno\s+de\s+los)\s+)(?:\w+\s+)?"
    r"(?:fuentes|pasajes|documentos|textos|fragmentos|extractos|materiales)"
)
_SPANISH: Final = (
    rf"\b{_LAS_FUENTES}\s+(?:\w+s?\s+)?no\b",
    rf"\bno\b[^.;]{{0,90}}\b(?:en|de|por)\s+{_LAS_FUENTES}",
    r"\b(?:ninguna|ninguno)\s+de\s+(?:las|los|estas|estos)\s+(?:fuentes|pasajes|documentos)",
    r"\bno\s+(?:puedo|encuentro|encontré|sé|dispongo|tengo|hay)\b[^.;]{0,40}\b(?:responder|"
    r"información|datos|respuesta|decir|nada|encontrar|esa|esta)\b",
    r"\bno\s+(?:se\s+)?(?:menciona|indica|especifica|encuentra|aparece|figura)n?\b\W*$",
)
_LE_FONTI: Final = (
    r"(?:(?:queste|le|nelle|dalle|i|nei|questi|dai|nessuna\s+delle|nessuno\s+dei)\s+)(?:\w+\s+)?"
    r"(?:fonti|passaggi|documenti|testi|brani|estratti)"
)
_ITALIAN: Final = (
    rf"\b{_LE_FONTI}\s+(?:\w+\s+)?non\b",
    rf"\bnon\b[^.;]{{0,90}}\b(?:in\s+|da\s+)?{_LE_FONTI}",
    r"\b(?:nessuna|nessuno)\s+(?:delle|dei|di\s+queste)\s+(?:fonti|passaggi|documenti)",
    r"\bnon\s+(?:posso|trovo|ho\s+trovato|so|dispongo|ho|ci\s+sono|c['’]è)\b[^.;]{0,40}\b(?:rispondere|"
    r"informazioni|informazione|risposta|dire|dati|nulla|trovare)\b",
    r"\bnon\s+(?:è|sono|viene|vengono)\s+(?:\w+\s+)?(?:menzionat|indicat|specificat|presente|"
    r"riportat)\w*\W*$",
)
_AS_FONTES: Final = (
    r"(?:(?:estas|as|nas|nestas|os|nos|nestes|estes|das|dos|nenhuma\s+das|nenhum\s+dos)\s+)"
    r"(?:\w+\s+)?(?:fontes|passagens|trechos|documentos|textos|excertos)"
)
_PORTUGUESE: Final = (
    rf"\b{_AS_FONTES}\s+(?:\w+s?\s+)?não\b",
    rf"\bnão\b[^.;]{{0,90}}\b(?:em\s+|por\s+)?{_AS_FONTES}",
    r"\b(?:nenhuma|nenhum)\s+(?:das|dos|destas|destes)\s+(?:fontes|passagens|documentos)",
    r"\bnão\s+(?:posso|encontrei|encontro|sei|consigo|tenho|há)\b[^.;]{0,40}\b(?:responder|"
    r"informaç\w+|resposta|dizer|dados|nada|encontrar|essa|esta)\b",
    r"\bnão\s+(?:é|são|foi|foram|está|consta)\s*(?:\w+\s+)?(?:mencionad|indicad|especificad|"
    r"presente|informad)?\w*\W*$",
)
LACKS: Final = re.compile(
    "|".join(
        f"(?:{pattern})"
        for pattern in (*_ENGLISH, *_GERMAN, *_FRENCH, *_SPANISH, *_ITALIAN, *_PORTUGUESE)
    ),
    re.IGNORECASE,
)
