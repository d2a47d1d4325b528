/** Release of JupyterHub whose wire this hub speaks: a PEP 440 version, compared by servers with their own. */
export const wireVersion = '6.0.0'

/** Release of this hub itself. */
export const hubVersion = '0.1.0'
