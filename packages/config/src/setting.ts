import type { Change } from './change.js'

/** Where a value comes from. */
export type Source =
  | { readonly from: 'default' }
  | { readonly from: 'file'; readonly file: string; readonly line?: number }
  /** `text` is what was typed, as it may be shown. */
  | { readonly from: 'command line'; readonly option: string }
  | { readonly from: 'program' }

/** One thing said about one option; a configuration is a list of them, the later ones counting more. */
export interface Setting {
  /** The class, as it was written. */
  readonly section: string
  readonly trait: string
  readonly change: Change
  readonly source: Source
}

/** For messages: `jupyterhub_config.py, line 3`. */
export function sourceText(source: Source): string {
  switch (source.from) {
    case 'default':
      return 'the default'
    case 'file':
      return source.line === undefined ? source.file : `${source.file}, line ${source.line}`
    case 'command line':
      return 'the command line'
    case 'program':
      return 'the program'
  }
}
