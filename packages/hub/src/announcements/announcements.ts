import { announcementPages, type Log } from '@hub/api'
import type { Database } from '../database/index.js'
import * as store from './announcement-store.js'
import { announcementHtml } from './announcement-html.js'

export interface AnnouncementsDeps {
  readonly database: Database
  readonly nowMs: () => number
  readonly log: Log
}

export type AnnouncementPage = (typeof announcementPages)[number]
export type AnnouncementTexts = Readonly<Record<AnnouncementPage, string>>

/** How long another hub on the same database may go on showing the old ones. */
const keptForMs = 10_000

/** What pages announce beside what the configuration has them announce. */
export class Announcements {
  #kept: { readonly texts: AnnouncementTexts; readonly untilMs: number } | undefined

  constructor(private readonly deps: AnnouncementsDeps) {}

  async read(): Promise<AnnouncementTexts> {
    const rows = await store.list(this.deps.database.read)
    const byPage = new Map(rows.map((row) => [row.page, row.message]))
    // Every page is in the list that this goes over.
    const texts = Object.fromEntries(
      announcementPages.map((page) => [page, byPage.get(page) ?? '']),
    ) as AnnouncementTexts
    this.#kept = { texts, untilMs: this.deps.nowMs() + keptForMs }
    return texts
  }

  async change(changes: Partial<AnnouncementTexts>, changedBy: string): Promise<AnnouncementTexts> {
    const changedAt = new Date(this.deps.nowMs())
    await this.deps.database.write(async (tx) => {
      for (const [page, message] of Object.entries(changes)) {
        await store.set(tx, { page, message: message.trim(), changedAt, changedBy })
      }
    })
    return this.read()
  }

  /** Variables of templates, for the pages that have an announcement. Never rejects: pages go without rather than fail. */
  async variables(): Promise<Record<string, string>> {
    try {
      const texts =
        this.#kept !== undefined && this.#kept.untilMs > this.deps.nowMs() ? this.#kept.texts : await this.read()
      return Object.fromEntries(
        Object.entries(texts)
          .filter(([, text]) => text !== '')
          .map(([page, text]) => [page === 'all' ? 'announcement' : `announcement_${page}`, announcementHtml(text)]),
      )
    } catch (error) {
      this.deps.log.warn('announcements could not be read', { error })
      return {}
    }
  }
}
