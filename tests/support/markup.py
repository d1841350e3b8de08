"""Texts that a page would obey if it took them for markup, script, template or address; each says `obeyed` where it runs."""

RUN = "alert('obeyed')"
MARKUP = (
    f"<script>{RUN}</script>",
    f"</script><script>{RUN}</script>",
    f"</title></style></textarea><script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    f"<svg/onload={RUN}>",
    f"<svg><animate onbegin={RUN} attributeName=x></svg>",
    f"<details open ontoggle={RUN}>x</details>",
    f"<input autofocus onfocus={RUN}>",
    f"<a href=javascript:{RUN}>here</a>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'></iframe>",
    f"<math><mtext></form><form><mglyph><style></math><img src onerror={RUN}>",
    f"<noscript><p title='</noscript><img src=x onerror={RUN}>'>",
    "<base href='//127.0.0.2/'>",
    "<meta http-equiv=refresh content='0;url=//127.0.0.2/'>",
    "<link rel=stylesheet href=//127.0.0.2/x.css><style>*{display:none}</style>",
    "<form action=//127.0.0.2/><button>Go on</button></form>",
    f'"onmouseover="{RUN}" x="',
    f"'-{RUN}-'",
    f"\\u003cscript\\u003e{RUN}\\u003c/script\\u003e",
    f"&lt;script&gt;{RUN}&lt;/script&gt;",
    f"{{{{ {RUN} }}}} ${{{RUN}}} <%= {RUN} %> {{% raw %}}",
    f"javascript:{RUN}",
    f"data:text/html,<script>{RUN}</script>",
    f"--><script>{RUN}</script><!--",
    f"]]><script>{RUN}</script>",
    "\u202e<script>gpj.exe",
    "see https://example.org/a?b=c&d=e and //example.org",
    '=HYPERLINK("http://127.0.0.2/","here")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
)
OBEYED = (
    "script:not([src])", "iframe", "object", "embed", "base", "meta[http-equiv=refresh]", "img", "input[autofocus]",
    "a[href^='javascript:']", "a[href*='example.org']", "form[action*='127.0.0.2']", "link[href*='127.0.0.2']",
    "[onerror]", "[onload]", "[onbegin]", "[ontoggle]", "[onfocus]", "[onmouseover]", "main style", "math",
)  # fmt: skip
"""Elements that would be there if one of them were."""
