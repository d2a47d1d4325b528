import { defineConfigurable, kind, trait } from '@hub/config'

/** Options of every command of the hub. */
export const application = defineConfigurable({
  name: 'Application',
  help: 'What every command of the hub understands.',
  aliases: ['traitlets.config.Application'],
  traits: {
    log_level: trait.enumeration([0, 10, 20, 30, 40, 50, 'DEBUG', 'INFO', 'WARN', 'ERROR', 'CRITICAL'], {
      default: 'INFO',
      help: 'Events below this level are not logged. Numbers are those of Python: 10 is DEBUG, 20 INFO, 30 WARN, 40 ERROR.',
    }),
    log_format: trait.str({
      default: 'text',
      help: "json: one JSON object an event, for programs. Anything else, also a format of Python's logging: a line an event, for people.",
    }),
    log_datefmt: trait.str({
      default: '%Y-%m-%d %H:%M:%S',
      help: 'Accepted for configurations that set it, without effect: dates are written as 2026-01-31 12:00:00.000.',
    }),
    logging_config: trait.dict(kind.any(), {
      default: {},
      help: 'Accepted for configurations that set it, without effect: see log_format and JupyterHub.extra_log_handlers.',
    }),
    show_config: trait.bool({
      default: false,
      help: 'Print the settings that differ from their defaults, for people, and exit.',
    }),
    show_config_json: trait.bool({
      default: false,
      help: 'Print the settings that differ from their defaults as JSON, and exit.',
    }),
  },
})
