"""What a question asks for, and what a sentence that says it looks like.

Each topic is a pair of patterns: words of a question that ask for it, and marks of a text that
tells it. They bridge wordings that share no word ("expensive", "2 US dollars").
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing that can be asked.

    Attributes:
        name: for people.
        asked: matches a question that asks for it.
        told: matches a text that tells it.
    """

    name: str
    asked: re.Pattern[str]
    told: re.Pattern[str]


def _topic(name: str, asked: str, told: str) -> Topic:
    flags = re.IGNORECASE | re.VERBOSE
    return Topic(name, re.compile(asked, flags), re.compile(told, flags))


TOPICS: Final = (
    _topic(
        "price",
        r"\b(?:pric\w+|costs?(?!\s+(?:of|to)\s+(?:train|build|develop))|pay|paid|expensive|cheap\w*|dear\w*|charg\w+|fees?|bills?|dollars?|"
        r"euros?|discount|budget|money|how\s+much\s+(?:is|are|does|do|for)\b(?!.*\b(?:memory|ram)))",
        r"\b(?:pric\w+|costs?|charg\w+|fees?|(?:US\s)?dollars|euros|per\s+million|free\s+of\s+charge|"
        r"subscription|pay-per-use|half\s+price)\b",
    ),
    _topic(
        "training cost",
        r"\b(?:cost\w*\s+(?:of|to)\s+(?:train|build|develop)\w*|training\s+(?:cost|budget)s?)\b",
        r"\b(?:cost\w*\s+(?:of|to)\s+(?:train|build|develop)\w*|training\s+(?:cost|budget)s?)\b",
    ),
    _topic(
        "licence",
        r"\b(?:licen[cs]\w+|open[\s-]source\??$|really\s+open|commercial\w*|permi\w+|allowed|may\s+i|"
        r"restrict\w+|terms|legal\w*|osi|display)\b",
        r"\b(?:licen[cs]\w+|apache|mit|osi|open\s+source\s+initiative|commercial\w*|use\s+policy|"
        r"rights|permission|non-production)\b",
    ),
    _topic(
        "size",
        r"\b(?:parameters?|params?|param\s+count|sizes?|how\s+(?:big|large)|biggest|largest|smallest)\b",
        r"\b(?:parameters?|(?<!download\s)sizes?|[\d.]+\s+billion)\b|[^\w\s]\s?[\d.]+B\b",
    ),
    _topic(
        "context",
        r"\b(?:context|window|length|how\s+many\s+tokens\s+(?:fit|can)|long(?:er|est)?\s+(?:text|prompt|"
        r"document)s?|token\s+limit)\b",
        r"\b(?:context|[\d.,]+[KM]?\s+tokens)\b",
    ),
    _topic(
        "date",
        r"\b(?:when|what\s+(?:day|date|year)|released?|release\s+date|came?\s+out|announced|launch\w*)\b",
        r"\b(?:released?|announced|came\s+out|launch\w+|opened|since|on)\b[^(]*\b(?:19|20)\d\d\b",
    ),
    _topic(
        "maker",
        r"\b(?:who(?:se|'s|’s)?\s+(?:is\s+)?(?:makes?|made|behind|develop\w*|built|builds?|owns?|created?|"
        r"chatbot)|(?:did|does)\b.*\b(?:make|build|develop|create)\b|come\s+from|which\s+(?:company|lab|vendor|firm)|what\s+company|maker|company\s+behind|develop(?:s|ed|er)?|actually\s+make)\b",
        r"\b(?:made\s+by|maker|makes|company|develop\w+\s+by|created\s+by)\b",
    ),
    _topic(
        "training",
        r"\b(?:trained\s+on|training\s+(?:data|tokens|set)|data\s?set|was\s+\S+(?:\s+\S+)?\s+trained)\b",
        r"\b(?:trained\s+on|training\s+data|trillion)\b",
    ),
    _topic(
        "data use",
        r"\b(?:train\s+on|my\s+(?:data|prompts?|input|chats?|conversations?|messages?|texts?)|what\s+i\s+(?:type|send|write)|used?\s+for\s+training|"
        r"privacy|private|confidential|happens\s+to|sees?\s+my|data\s+(?:sent|from|policy))\b",
        r"\b(?:does\s+not\s+train|trains?\s+\S*\s*on|may\s+train|improve\s+(?:its\s+)?products|nothing\s+leaves|"
        r"opts?\s+in|does\s+not\s+(?:see|use)|logs\s+prompts|keeps\s+your\s+prompts)\b",
    ),
    _topic(
        "retention",
        r"\b(?:retention|retain\w*|how\s+long\s+(?:do|does|is|are|will)?.*\b(?:keep|kept|store\w*|logs?)|keeps?|"
        r"stored?|deleted?|logs?)\b",
        r"\b(?:retention|retain\w*|keeps?|\d+\s?-?days?|deletes?|stored?|logs?|minutes)\b",
    ),
    _topic(
        "memory",
        r"\b(?:memory|v?ram|gpus?|hardware|machine|laptop|demanding)\b",
        r"\b(?:memory|v?ram|gpus?|\d+\s?GB|hardware|compute|infrastructure)\b",
    ),
    _topic(
        "download",
        r"\b(?:downloads?|gigabytes?|disk|weigh|file\s+size)\b",
        r"\b(?:downloads?(?:\s+size)?|[\d.]+\s?GB)\b",
    ),
    _topic(
        "input",
        r"\b(?:images?|pictures?|photos?|multi-?modal\w*|modalit\w+|inputs?|vision|audio|video)\b",
        r"\b(?:images?|multi-?modal\w*|modalit\w+|inputs?(?!\s+(?:price|tokens))|vision|audio|video|"
        r"text\s+only)\b",
    ),
    _topic(
        "running",
        r"\b(?:run|running|local\w*|own\s+(?:server|machine|computer|laptop|infrastructure)s?|"
        r"self-?host\w*|host|hosted|deploy\w*|offline|cloud|clouds|hardware|servers?|data\s+cent\w+)\b",
        r"\b(?:runs?|local\w*|self-?host\w*|own\s+machine|deploy\w*|hosted|hosting|cloud|servers?|"
        r"data\s+cent\w+)\b",
    ),
    _topic(
        "calling",
        r"\b(?:api\s+key|key\s+variable|environment\s+variable|sdk|langchain|package|model\s+ids?|"
        r"call|endpoint|port|address|switch\s+off|turn\s+off|disable|setting)\b",
        r"\b(?:key|variable|sdk|langchain|chat\w+|model\s+id|endpoint|port|address|OLLAMA_\w+|off)\b",
    ),
    _topic(
        "use",
        r"\b(?:use\s+cases?|used?\s+for(?!\s+training)|use\b.*\bfor|good\s+at|strengths?|focus\w*|purpose|choose|pick|take|"
        r"recommended|recommend|meant\s+for|best\s+for|kind\s+of)\b",
        r"\b(?:use\s+cases?|uses|used\s+for|strengths?|focus|preferred|favor|provide|capabilities)\b",
    ),
    _topic(
        "weakness",
        r"\b(?:weak\w*|limits?|limitations?|bad\s+at|disadvantage\w*|drawbacks?)\b",
        r"\b(?:weaker|worse|not\s+support|limits?|only|cannot|limited)\b",
    ),
    _topic(
        "safety",
        r"\b(?:safe|safer|safety|align\w*|harm\w*|guard\w*|moderat\w+|behave)\b",
        r"\b(?:safe|safer|safety|align\w*|harm\w*|guard\w*|moderation|constitutional)\b",
    ),
    _topic(
        "benchmark",
        r"\b(?:scores?|benchmarks?|mmlu|humaneval|gre|percentile|results?|performs?|accuracy)\b",
        r"\b(?:scores?|mmlu|humaneval|gre|percentile|reaches)\b",
    ),
    _topic(
        "succession",
        r"\b(?:came?\s+after|newer|newest|latest|successors?|still|current\w*|flagship|replac\w+|next|"
        r"retired|deprecated)\b",
        r"\b(?:successors?|newest|newer|current\w*|older|legacy|retired|deprecated|follow\w+)\b",
    ),
    _topic(
        "weights",
        r"\b(?:weights|download\s+it|open[\s-]weight\w*|closed|proprietary|inside|open\s+or\s+closed|modify|"
        r"access)\b",
        r"\b(?:weights|open-weight|closed|proprietary|downloaded|access)\b",
    ),
    _topic(
        "definition",
        r"\b(?:what\s+is\s+(?:a|an|the)\b|what\s+does\b.*\bmean|defin\w+|meaning\s+of|what\s+are\s+open|"
        r"explain|tell\s+me\s+about|overview|describe|what\s+is\s+[\w.\-]+\s*\??$)",
        r"\b(?:definition|models\s+whose|models\s+owned|means|is\s+(?:a|an|made\s+by|the\s+\w+)|"
        r"family\s+of|refers)\b",
    ),
    _topic(
        "place",
        r"\b(?:integrated|embedded|built\s+into|lives?\s+in(?:side)?)\b",
        r"\b(?:integrat\w+|embedded|built\s+into|inside|offered|platforms?)\b",
    ),
    _topic(
        "doing",
        r"\bhow\s+(?:do|can|should|would)\s+(?:i|we|you|one)\b|\bhow\s+to\b",
        r"\b(?:you\s+can|use|using|set|setting|run|call|install|add|create|follow|by\s+\w+ing)\b",
    ),
    _topic(
        "working",
        r"\bhow\s+(?:does|do)\b(?=.*\bworks?\b)",
        r"\b(?:works?|by\s+\w+ing)\b",
    ),
    _topic(
        "speed",
        r"\b(?:fast|quick\w*|slow\w*|speed|how\s+soon)\b",
        r"\b(?:faster|slower|speed|rapid|immediate\w*)\b",
    ),
    _topic(
        "difference",
        r"\b(?:differ\w*|compar\w+|versus|vs|better|trade-?offs?)\b",
        r"\b(?:differ\w*|versus|while|whereas|trade-?offs?)\b|;\s+proprietary",
    ),
    _topic(
        "advantages",
        r"\b(?:advantages?|benefits?|pros|why\s+(?:choose|use|pick)|strengths)\b",
        r"\b(?:advantages?|benefits?)\b",
    ),
)  # fmt: skip


@lru_cache(maxsize=1024)
def asked_topics(question: str) -> frozenset[str]:
    """Names of the topics that a question asks for; often none."""
    return frozenset(topic.name for topic in TOPICS if topic.asked.search(question))


@lru_cache(maxsize=2048)
def told_topics(text: str) -> frozenset[str]:
    """Names of the topics that a text tells about."""
    return frozenset(topic.name for topic in TOPICS if topic.told.search(text))
