import { fileURLToPath } from 'node:url'

// The same from src/pages and from dist/pages.
const inPackage = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** The templates the hub comes with. */
export const stockTemplates = inPackage('templates')
/** Style sheets, scripts and images. */
export const stockStatic = inPackage('static')
export const stockLogo = inPackage('static/images/logo.svg')
