import { defineConfigurable, kind, trait, type ValuesOf } from '@hub/config'
import type { Spawner } from '../spawner.js'
import { spawnerConfigurable } from '../spawner-config.js'
import { kwargsMistake } from './kwargs.js'

type ImageList = Readonly<Record<string, string>> | readonly string[]

const EXPANDED =
  '{username}, {servername} (both escaped), {raw_username}, {imagename} and {prefix} are filled in; {{ stands for a brace.'

/** Options of {@link DockerSpawner}. */
export const dockerConfigurable = defineConfigurable({
  name: 'DockerSpawner',
  help: 'Starts each server in a container of its own, through the API of Docker. `mem_limit` and `cpu_limit` are enforced.',
  aliases: ['dockerspawner.DockerSpawner'],
  parent: spawnerConfigurable,
  // The image's own command, on its own port; nothing of the environment of the hub.
  defaults: { cmd: null, ip: '0.0.0.0', port: 8888, env_keep: [] },
  traits: {
    image: trait.str({
      default: 'jupyterhub/singleuser',
      help: 'Image of the servers; the release in it should be that of the hub.',
    }),
    container_image: trait.str({
      default: '',
      help: 'Image of the servers.',
      deprecated: { since: '0.9', use: 'DockerSpawner.image' },
    }),
    allowed_images: trait.oneOf(
      [kind.callable<(spawner: Spawner) => ImageList | Promise<ImageList>>(), kind.dict(kind.str), kind.list(kind.str)],
      {
        default: [],
        help:
          'Images that users may choose from: a list, images by the name that is shown, or a function of the spawner. ' +
          'Empty: all use `image`, and no other.',
      },
    ),
    image_whitelist: trait.oneOf([kind.dict(kind.str), kind.list(kind.str)], {
      default: [],
      help: 'Images that users may choose from.',
      deprecated: { since: '12.0', use: 'DockerSpawner.allowed_images' },
    }),
    pull_policy: trait.enumeration(['ifnotpresent', 'always', 'never', 'skip'], {
      default: 'ifnotpresent',
      help: 'When the image is fetched. `never` fails where it is absent; `skip` leaves that to Docker.',
    }),
    name_template: trait.str({
      default: '{prefix}-{username}',
      help: `Name of the container. ${EXPANDED} Without {servername}, a named server's is added to it after two dashes.`,
    }),
    prefix: trait.str({ default: 'jupyter', help: 'What the names of containers begin with.' }),
    container_prefix: trait.str({
      default: '',
      help: 'What the names of containers begin with.',
      deprecated: { since: '0.9', use: 'DockerSpawner.prefix' },
    }),
    container_name_template: trait.str({
      default: '',
      help: 'Name of the container.',
      deprecated: { since: '0.9', use: 'DockerSpawner.name_template' },
    }),
    escape: trait.oneOf([kind.callable<(name: string) => string>(), kind.str], {
      default: 'default',
      help:
        'How {username} and {servername} are escaped, as a function of the name; no two names may become one. ' +
        "'default' and 'legacy': other characters than letters and digits become _ and their number.",
    }),
    volumes: trait.dict(kind.oneOf([kind.dict(kind.str), kind.str]), {
      default: {},
      help:
        'Volumes or directories of the host → where they stand in the container, or {bind, mode}. ' +
        `Both may be templates: ${EXPANDED}`,
    }),
    read_only_volumes: trait.dict(kind.oneOf([kind.dict(kind.str), kind.str]), {
      default: {},
      help: 'The same, for volumes that servers can only read.',
    }),
    mounts: trait.list(kind.dict(kind.any()), {
      default: [],
      help: 'Mounts with more to say than volumes have: {type, source, target, read_only, …}; source and target may be templates.',
    }),
    format_volume_name: trait.callable<(template: string, spawner: Spawner) => string>({
      default: null,
      nullable: true,
      help: 'Function of a template in volumes and the spawner that returns what is meant.',
    }),
    network_name: trait.str({ default: 'bridge', help: 'Docker network that the containers are in.' }),
    use_internal_ip: trait.bool({
      default: ({ network_name: network }) => network !== 'bridge' && network !== 'host',
      defaultText: 'True with a network of your own',
      help: 'Reaches servers at their address in the Docker network; no port is published. The hub or the proxy must be in it too.',
    }),
    use_internal_hostname: trait.bool({
      default: false,
      help: 'Reaches servers by the name of their container, in a Docker network of your own that the proxy is in.',
    }),
    host_ip: trait.str({
      default: '127.0.0.1',
      help: 'Address of the Docker host that ports are published on, where they are.',
    }),
    hub_ip_connect: trait.str({
      default: '',
      help: 'Where containers reach the hub.',
      deprecated: { since: '0.9', use: 'JupyterHub.hub_connect_ip' },
    }),
    links: trait.dict(kind.str, { default: {}, help: 'Containers → names that servers reach them by.' }),
    remove: trait.bool({
      default: false,
      help: 'Removes the container at a stop. By default the next start goes on with it, unless what it is made of has changed.',
    }),
    remove_containers: trait.bool({
      default: false,
      help: 'Removes the container at a stop.',
      deprecated: { since: '0.9', use: 'DockerSpawner.remove' },
    }),
    post_start_cmd: trait.str({
      default: null,
      nullable: true,
      help: 'Command that is run in the container once it has started.',
    }),
    extra_create_kwargs: trait.dict(kind.any(), {
      default: {},
      help: "More for the container: names of docker-py's create_container (user, hostname, …) or of Docker's API (User, …).",
      validate: (kwargs) => kwargsMistake('extra_create_kwargs', kwargs),
    }),
    extra_host_config: trait.dict(kind.any(), {
      default: {},
      help: "More of its host configuration: names of docker-py's host config (shm_size, cap_drop, …) or of Docker's API (ShmSize, …).",
      validate: (kwargs) => kwargsMistake('extra_host_config', kwargs),
    }),
    client_kwargs: trait.dict(kind.any(), {
      default: {},
      help: 'How Docker is reached: base_url, otherwise $DOCKER_HOST or /var/run/docker.sock. Others are accepted and not needed.',
    }),
    move_certs_image: trait.str({
      default: '',
      help: 'Has no effect: with internal_ssl certificates are put into the container itself.',
    }),
    certs_volume_name: trait.str({
      default: '',
      help: 'Has no effect: with internal_ssl certificates are put into the container itself.',
    }),
    tls_config: trait.dict(kind.any(), {
      default: {},
      help: "Files for Docker's API over TLS: ca_cert, client_cert (a list: certificate, key), verify.",
    }),
  },
})

export type DockerConfig = ValuesOf<typeof dockerConfigurable>
