/** The options that JupyterHub 6 and the plug-ins of its own have, by the class that declares them. */
export const upstreamOptions: Readonly<Record<string, string>> = {
  Application: 'log_level log_format log_datefmt logging_config show_config show_config_json',
  JupyterHub:
    'config_file generate_config generate_certs answer_yes pid_file data_files_path extra_log_file extra_log_handlers db_url db_kwargs ' +
    'upgrade_db reset_db debug_db cookie_secret cookie_secret_file cookie_max_age_days cookie_host_prefix_enabled cleanup_servers ' +
    'cleanup_proxy bind_url ip port base_url public_url subdomain_host subdomain_hook ssl_key ssl_cert trusted_downstream_ips ' +
    'forwarded_host_header confirm_no_ssl hub_ip hub_port hub_bind_url hub_connect_ip hub_connect_url hub_connect_port ' +
    'hub_socket_mode hub_routespec proxy_class proxy_auth_token proxy_api_ip proxy_api_port proxy_cmd debug_proxy ' +
    'proxy_check_interval authenticator_class admin_users admin_access api_tokens service_tokens trust_user_provided_tokens ' +
    'services load_groups load_roles extra_user_scopes custom_scopes oauth_token_expires_in token_expires_in_max_seconds ' +
    'authenticate_prometheus spawner_class allow_named_servers named_server_limit_per_user default_server_name ' +
    'allow_existing_invalid_named_servers concurrent_spawn_limit active_server_limit init_spawners_timeout ' +
    'implicit_spawn_seconds redirect_to_server default_url user_redirect_hook shutdown_on_logout ' +
    'use_legacy_stopped_server_status_code activity_resolution last_activity_interval active_user_window ' +
    'service_check_interval api_page_default_limit api_page_max_limit template_paths template_vars ' +
    'jinja_environment_options logo_file extra_handlers tornado_settings internal_ssl internal_certs_location ' +
    'recreate_internal_certs external_ssl_authorities trusted_alt_names',
  Spawner:
    'cmd args environment env_keep ip port hub_connect_url notebook_dir default_url disable_user_config debug mem_limit ' +
    'mem_guarantee cpu_limit cpu_guarantee start_timeout http_timeout poll_interval poll_jitter consecutive_failure_limit ' +
    'options_form options_from_form apply_user_options pre_spawn_hook post_stop_hook auth_state_hook progress_ready_hook ' +
    'group_overrides oauth_client_allowed_scopes oauth_roles server_token_scopes ssl_alt_names ssl_alt_names_include_local',
  LocalProcessSpawner: 'interrupt_timeout term_timeout kill_timeout popen_kwargs shell_cmd',
  SimpleLocalProcessSpawner: 'home_dir_template',
  SudoSpawner: 'sudospawner_path sudo_args mediator_log_level',
  SystemdSpawner:
    'unit_name_template username_template user_workingdir default_shell extra_paths isolate_tmp isolate_devices ' +
    'disable_user_sudo readonly_paths readwrite_paths unit_extra_properties dynamic_users slice',
  Authenticator:
    'allowed_users allow_all allow_existing_users any_allow_config blocked_users admin_users whitelist username_pattern ' +
    'username_map delete_invalid_users enable_auth_state auth_refresh_age refresh_pre_spawn refresh_pre_stop manage_groups ' +
    'manage_roles reset_managed_roles_on_startup auto_login auto_login_oauth2_authorize post_auth_hook request_otp otp_prompt',
  LocalAuthenticator: 'create_system_users add_user_cmd uids allowed_groups group_whitelist',
  PAMAuthenticator: 'service encoding check_account open_sessions admin_groups pam_normalize_username executor_threads',
  DummyAuthenticator: 'password',
  SharedPasswordAuthenticator: 'user_password admin_password password_groups',
  Proxy: 'should_start extra_routes',
  ConfigurableHTTPProxy:
    'command api_url auth_token check_running_interval pid_file log_level debug concurrency command_umask',
  CryptKeeper: 'keys n_threads',
  PeriodicMetricsCollector:
    'active_users_enabled active_users_update_interval event_loop_interval_enabled event_loop_interval_resolution ' +
    'event_loop_interval_log_threshold',
  JupyterHubHTTPClient: 'session_options connector_options',
  EventLogger: 'handlers',
}

/** Of an item of `JupyterHub.services`. */
export const upstreamServiceFields =
  'name admin url command cwd environment user api_token info display timeout oauth_client_id oauth_redirect_uri ' +
  'oauth_no_confirm oauth_client_allowed_scopes oauth_roles'

/** Names that mean something in JupyterHub's own documentation and can be set here, but not there. */
export const settableHere: Readonly<Record<string, string>> = {
  JupyterHub: 'oauth_require_pkce spawn_throttle_retry_range',
  Authenticator: 'blacklist',
  ConfigurableHTTPProxy: 'api_token',
}
