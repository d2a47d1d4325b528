// A loader for scripts of customised templates: `require(['jhapi', 'utils'], (JHAPI, utils) => …)`.
// It knows the modules named below and those that pages `define`; the hub's own scripts do without it.
;(() => {
  const here = document.currentScript.src
  const defined = new Map()

  /** jQuery is there when it is installed next to the hub. */
  const loadJquery = () =>
    new Promise((resolve, reject) => {
      if (window.jQuery) {
        resolve(window.jQuery)
        return
      }
      const script = document.createElement('script')
      script.src = new URL('../components/jquery/dist/jquery.min.js', here).href
      script.addEventListener('load', () => resolve(window.jQuery))
      script.addEventListener('error', () => reject(new Error('jQuery is not installed: add the package "jquery"')))
      document.head.append(script)
    })

  // With the version of this file: another URL would be another copy of the modules it imports.
  const own = (name) => import(new URL(`./${name}.js${new URL(here).search}`, here).href)
  const compat = () => own('amd-modules')
  const known = {
    jquery: loadJquery,
    jhapi: () => compat().then((module) => module.JHAPI),
    utils: () => compat().then((module) => module.utils),
    moment: () => own('moment').then((module) => module.moment),
    // What a page does by itself; it is done once, however often it is asked for.
    home: () => own('home'),
    token: () => own('token'),
    not_running: () => own('not-running'),
    bootstrap: () => Promise.resolve({}),
  }

  const load = (name) => {
    const key = name.replace(/^\.?\//, '')
    if (!defined.has(key)) {
      const loader = known[key]
      defined.set(key, loader ? loader() : Promise.reject(new Error(`no module is called "${name}"`)))
    }
    return defined.get(key)
  }

  const require = (names, run = () => {}, failed = (error) => console.error(error)) => {
    Promise.all(names.map(load)).then((modules) => run(...modules), failed)
  }
  require.config = () => require

  const define = (name, names, make) => {
    if (typeof name !== 'string') return
    const [needs, body] = Array.isArray(names) ? [names, make] : [[], names]
    const value = Promise.all(needs.map(load)).then((modules) => (typeof body === 'function' ? body(...modules) : body))
    defined.set(name, value)
  }

  window.require = window.requirejs = require
  window.define = define
})()
