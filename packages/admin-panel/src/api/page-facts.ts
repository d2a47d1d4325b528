/** What the page that carries the panel tells it. */
interface PageFacts {
  /** The hub's prefix, ending in a slash. */
  readonly base_url: string
  readonly xsrf_token: string
  readonly user?: string
  readonly lang?: string
}

declare global {
  interface Window {
    readonly jhdata: PageFacts
    _jupyterhub_page_loaded?: boolean
  }
}

export const pageFacts = (): PageFacts => window.jhdata

export const hubUrl = (path: string): string => `${window.jhdata.base_url}${path}`

/** How many entries a page of a list has unless asked otherwise: the hub's own default. */
export const defaultPageLimit = (): number =>
  Number(document.querySelector<HTMLMetaElement>('meta[name="api-page-limit"]')?.content ?? 50)
