import { expect, test } from 'vitest'
import { announcementHtml } from './announcement-html.js'

test('text stays text, lines stay lines, addresses become links', () => {
  expect(announcementHtml('Down on <b>Friday</b>\nsee https://example.org/a?b=1&c=2.')).toBe(
    'Down on &lt;b&gt;Friday&lt;/b&gt;<br>see <a href="https://example.org/a?b=1&amp;c=2" rel="noreferrer">https://example.org/a?b=1&amp;c=2</a>.',
  )
})

test('nothing in it becomes a script or an attribute', () => {
  const html = announcementHtml(`javascript:alert(1) https://x.org/"onmouseover="alert(1) <img src=x onerror=alert(1)>`)
  expect(html.match(/<[^>]*>/g)).toEqual(['<a href="https://x.org/" rel="noreferrer">', '</a>'])
})
