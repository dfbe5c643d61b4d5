/* table.c: every component there is: one row each, sorted by name. */
#include "stream/buffered.h"
#include "stream/cache.h"

/* Each kind is the one symbol its file exports. */
extern const rf_input_kind rf_inproc_input_kind;
extern const rf_output_kind rf_inproc_output_kind;
extern const rf_input_kind rf_opcua_kind;
extern const rf_input_kind rf_batched_kind, rf_broker_input_kind, rf_input_resource_kind, rf_read_until_kind, rf_sequence_kind;
extern const rf_input_kind rf_kafka_input_kind, rf_kafka_franz_input_kind, rf_redpanda_input_kind, rf_uns_input_kind;
extern const rf_output_kind rf_kafka_output_kind, rf_kafka_franz_output_kind, rf_redpanda_output_kind, rf_uns_output_kind;
extern const rf_input_kind rf_mqtt_input_kind;
extern const rf_output_kind rf_mqtt_output_kind;
extern const rf_input_kind rf_csv_kind, rf_file_input_kind, rf_generate_kind, rf_http_server_input_kind, rf_stdin_kind;
extern const rf_processor_kind rf_nodered_js_kind, rf_plugin_kind, rf_tag_processor_kind;
extern const rf_processor_kind rf_bloblang_kind, rf_mapping_kind, rf_mutation_kind;
extern const rf_processor_kind rf_catch_kind, rf_for_each_kind, rf_noop_kind, rf_processor_resource_kind, rf_processors_kind, rf_try_kind;
extern const rf_processor_kind rf_archive_kind, rf_bounds_check_kind, rf_cache_processor_kind, rf_compress_kind, rf_decompress_kind,
    rf_dedupe_kind, rf_insert_part_kind, rf_rate_limit_processor_kind, rf_select_parts_kind, rf_split_kind, rf_unarchive_kind;
extern const rf_processor_kind rf_json_schema_kind;
extern const rf_processor_kind rf_branch_kind, rf_cached_kind, rf_crash_kind, rf_metric_processor_kind, rf_group_by_kind,
    rf_group_by_value_kind;
extern const rf_processor_kind rf_log_kind, rf_parallel_kind, rf_retry_kind, rf_sleep_kind, rf_switch_kind, rf_while_kind;
extern const rf_output_kind rf_cache_output_kind, rf_drop_kind, rf_file_output_kind, rf_stdout_kind;
extern const rf_input_kind rf_http_client_input_kind;
extern const rf_processor_kind rf_http_kind;
extern const rf_output_kind rf_http_client_output_kind;
extern const rf_output_kind rf_broker_output_kind, rf_drop_on_kind, rf_fallback_kind, rf_output_resource_kind, rf_reject_errored_kind,
    rf_reject_kind, rf_retry_output_kind, rf_switch_output_kind;
extern const rf_input_kind rf_socket_input_kind, rf_socket_server_kind, rf_subprocess_input_kind;
extern const rf_processor_kind rf_command_kind, rf_subprocess_processor_kind;
extern const rf_processor_kind rf_sync_response_processor_kind;
extern const rf_output_kind rf_sync_response_output_kind;
extern const rf_output_kind rf_http_server_output_kind, rf_socket_output_kind, rf_subprocess_output_kind;
extern const rf_cache_kind rf_file_cache_kind, rf_lru_cache_kind, rf_memory_cache_kind, rf_multilevel_cache_kind, rf_noop_cache_kind,
    rf_ttlru_cache_kind;
extern const rf_rate_limit_kind rf_local_rate_limit_kind;
extern const rf_buffer_kind rf_memory_buffer_kind, rf_none_buffer_kind, rf_sqlite_buffer_kind, rf_system_window_kind;

const rf_input_kind *const rf_input_kinds[] = {
    &rf_batched_kind,
    &rf_broker_input_kind,
    &rf_csv_kind,
    &rf_file_input_kind,
    &rf_generate_kind,
    &rf_http_client_input_kind,
    &rf_http_server_input_kind,
    &rf_inproc_input_kind,
    &rf_kafka_input_kind,
    &rf_kafka_franz_input_kind,
    &rf_mqtt_input_kind,
    &rf_opcua_kind,
    &rf_read_until_kind,
    &rf_redpanda_input_kind,
    &rf_input_resource_kind,
    &rf_sequence_kind,
    &rf_socket_input_kind,
    &rf_socket_server_kind,
    &rf_stdin_kind,
    &rf_subprocess_input_kind,
    &rf_uns_input_kind,
    NULL,
};

const rf_processor_kind *const rf_processor_kinds[] = {
    &rf_archive_kind,
    &rf_bloblang_kind,
    &rf_bounds_check_kind,
    &rf_branch_kind,
    &rf_cache_processor_kind,
    &rf_cached_kind,
    &rf_catch_kind,
    &rf_command_kind,
    &rf_compress_kind,
    &rf_crash_kind,
    &rf_decompress_kind,
    &rf_dedupe_kind,
    &rf_for_each_kind,
    &rf_group_by_kind,
    &rf_group_by_value_kind,
    &rf_http_kind,
    &rf_insert_part_kind,
    &rf_json_schema_kind,
    &rf_log_kind,
    &rf_mapping_kind,
    &rf_metric_processor_kind,
    &rf_mutation_kind,
    &rf_nodered_js_kind,
    &rf_noop_kind,
    &rf_parallel_kind,
    &rf_plugin_kind,
    &rf_processors_kind,
    &rf_rate_limit_processor_kind,
    &rf_processor_resource_kind,
    &rf_retry_kind,
    &rf_select_parts_kind,
    &rf_sleep_kind,
    &rf_split_kind,
    &rf_subprocess_processor_kind,
    &rf_switch_kind,
    &rf_sync_response_processor_kind,
    &rf_tag_processor_kind,
    &rf_try_kind,
    &rf_unarchive_kind,
    &rf_while_kind,
    NULL,
};

const rf_output_kind *const rf_output_kinds[] = {
    &rf_broker_output_kind,
    &rf_cache_output_kind,
    &rf_drop_kind,
    &rf_drop_on_kind,
    &rf_fallback_kind,
    &rf_file_output_kind,
    &rf_http_client_output_kind,
    &rf_http_server_output_kind,
    &rf_inproc_output_kind,
    &rf_kafka_output_kind,
    &rf_kafka_franz_output_kind,
    &rf_mqtt_output_kind,
    &rf_redpanda_output_kind,
    &rf_reject_kind,
    &rf_reject_errored_kind,
    &rf_output_resource_kind,
    &rf_retry_output_kind,
    &rf_socket_output_kind,
    &rf_stdout_kind,
    &rf_subprocess_output_kind,
    &rf_switch_output_kind,
    &rf_sync_response_output_kind,
    &rf_uns_output_kind,
    NULL,
};

const rf_cache_kind *const rf_cache_kinds[] = {
    &rf_file_cache_kind,
    &rf_lru_cache_kind,
    &rf_memory_cache_kind,
    &rf_multilevel_cache_kind,
    &rf_noop_cache_kind,
    &rf_ttlru_cache_kind,
    NULL,
};

const rf_rate_limit_kind *const rf_rate_limit_kinds[] = {
    &rf_local_rate_limit_kind,
    NULL,
};

const rf_buffer_kind *const rf_buffer_kinds[] = {
    &rf_memory_buffer_kind,
    &rf_none_buffer_kind,
    &rf_sqlite_buffer_kind,
    &rf_system_window_kind,
    NULL,
};
