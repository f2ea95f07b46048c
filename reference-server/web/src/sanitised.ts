// The HTML of a part that reloads. The server makes it, and nothing in it may act: what people typed could
// have slipped into it.

import DOMPurify from "dompurify";

/** Words, lists and tables. No pictures, because they would tell somebody that they were looked at. */
const TAGS = [
  ..."a abbr b blockquote br caption code dd div dl dt em h3 h4 h5 h6 hr i kbd li mark ol p pre q s samp small span".split(" "),
  ..."strong sub sup table tbody td tfoot th thead tr u ul".split(" "),
];

/** No ids, classes or names: they could pass for the page's own. */
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
