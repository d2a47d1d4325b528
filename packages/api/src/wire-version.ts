/** Release of JupyterHub whose wire is spoken: a PEP 440 version, compared by hubs and servers with their own. */
export const wireVersion = '6.0.0'
