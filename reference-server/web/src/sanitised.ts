// Sanitises the HTML of a part that reloads. The server makes it, but text that users typed could have slipped in
// unescaped, so nothing in it may be active.

import DOMPurify from "dompurify";

/** Text, lists and tables. No pictures, because loading one would tell its server that it was seen. */
const TAGS = [
  ..."a abbr b blockquote br caption code dd div dl dt em h3 h4 h5 h6 hr i kbd li mark ol p pre q s samp small span".split(" "),
  ..."strong sub sup table tbody td tfoot th thead tr u ul".split(" "),
];

/** No ids, classes or names: they could imitate the page's own. */
const ATTRIBUTES = ["href", "title", "lang", "dir", "colspan", "rowspan", "scope"];

export function sanitised(html: string): DocumentFragment {
  return DOMPurify.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ATTRIBUTES,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
}
