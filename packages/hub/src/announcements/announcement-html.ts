import { escapeHtml } from '../pages/jinja/python-values.js'

const address = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)]/g

/** Text as HTML: escaped, lines kept, addresses as links. Whoever may announce may not put scripts on pages. */
export function announcementHtml(text: string): string {
  let html = ''
  let end = 0
  for (const match of text.matchAll(address)) {
    html += escapeHtml(text.slice(end, match.index))
    html += `<a href="${escapeHtml(match[0])}" rel="noreferrer">${escapeHtml(match[0])}</a>`
    end = match.index + match[0].length
  }
  return (html + escapeHtml(text.slice(end))).replace(/\r?\n/g, '<br>')
}
