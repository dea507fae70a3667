/** Makes elements. Texts become text nodes, and no property that takes HTML can be set. */

type HtmlProperty = 'innerHTML' | 'outerHTML' | 'innerText' | 'outerText'

export type Props<Tag extends keyof HTMLElementTagNameMap> = Partial<
  Omit<HTMLElementTagNameMap[Tag], HtmlProperty | 'style' | 'children'>
> & {
  class?: string
  /** Declarations, such as `width: 10px`. */
  style?: string
  role?: string
  readonly [attribute: `aria-${string}` | `data-${string}`]: string
}

export type Child = Node | string | undefined

/** An element with properties (or attributes of such names) and children. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  props: Props<Tag> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined) continue
    // A style attribute would be blocked by the pages' policy.
    if (name === 'style') element.style.cssText = String(value)
    else if (name === 'class') element.className = String(value)
    else if (name in element && !name.includes('-')) Reflect.set(element, name, value)
    else element.setAttribute(name, String(value))
  }
  element.append(...children.filter((child) => child !== undefined))
  return element
}
