import { defineConfig } from 'vite'

export default defineConfig({
  // Chunks find each other relative to where they are: the hub may serve them below any prefix.
  base: './',
  build: {
    target: 'es2022',
    manifest: 'manifest.json',
    sourcemap: false,
    assetsInlineLimit: 0,
    // The page itself names what is to be loaded ahead.
    modulePreload: false,
    rolldownOptions: {
      input: 'src/start.ts',
      // "use client" says something to servers that render; there is none.
      onLog: (level, log, handle) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handle(level, log)
      },
    },
  },
})
