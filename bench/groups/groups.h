/* groups.h: the benchmarks that riffle brings along, and those it makes of a user's files. */
#ifndef RF_BENCH_GROUPS_H
#define RF_BENCH_GROUPS_H

#include "measure/bench.h"

/* Benchmarks and what they share. One thread. */
typedef struct rf_groups {
    rf_arena arena;       /* texts, arguments; lives as long as the benchmarks */
    rf_benches list;
    char folder[256];     /* ours, in TMPDIR: scripts and what they are compiled to; "" until rf_groups_folder() */
} rf_groups;

/* All that there are, in the order of the report. Cheap: nothing is compiled or written before a benchmark opens. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_groups_open(rf_groups *groups, rf_error *reterr);
/* The same without any benchmark, for those of a user's files. */
void rf_groups_open_empty(rf_groups *groups);
/* Takes the folder away too. */
void rf_groups_close(rf_groups *groups);

/* Makes the folder when it is not there yet. Errors: RF_EIO. */
RF_NODISCARD rf_code rf_groups_folder(rf_groups *groups, rf_error *reterr);
/* Writes FOLDER/NAME unless it is there; its path in the arena. Errors: RF_EIO, RF_ENOMEM. */
RF_NODISCARD rf_code rf_groups_file(rf_groups *groups, const char *name, rf_slice content, const char **ret_path, rf_error *reterr);
/* Copies the row into the list. `arg` of rows is theirs; most have { groups, … } in the arena. */
RF_NODISCARD rf_code rf_groups_add(rf_groups *groups, const rf_bench *bench, rf_error *reterr);

/* One function a group, in plugin_*.c, fusabi_*.c, stream_*.c; rf_groups_open calls all of them. */
typedef rf_code (*rf_group)(rf_groups *groups, rf_error *reterr);
rf_code rf_group_loading(rf_groups *groups, rf_error *reterr);      /* plugin_loading_bytecode, plugin_loading_script */
rf_code rf_group_dispatch(rf_groups *groups, rf_error *reterr);     /* hook_dispatch_output, _input, _resize */
rf_code rf_group_chaining(rf_groups *groups, rf_error *reterr);     /* plugin_chaining */
rf_code rf_group_vm(rf_groups *groups, rf_error *reterr);           /* vm_execution, script_compilation */
rf_code rf_group_throughput(rf_groups *groups, rf_error *reterr);   /* output_throughput, input_throughput */
rf_code rf_group_cache(rf_groups *groups, rf_error *reterr);        /* vm_cache */
rf_code rf_group_workload(rf_groups *groups, rf_error *reterr);     /* realistic_workload */
rf_code rf_group_fusabi(rf_groups *groups, rf_error *reterr);       /* fusabi_run, fusabi_compile, fusabi_load, fusabi_call */
rf_code rf_group_stream(rf_groups *groups, rf_error *reterr);       /* stream_stage, stream_conditions, stream_pool, stream_json, stream_pipeline */
rf_code rf_group_zones(rf_groups *groups, rf_error *reterr);        /* observe_zones */

/*
 * A stream config over recorded messages (a file of lines as `codec: message` reads them: {"payload": …, "meta": {…}}, or plain JSON lines):
 * one benchmark a stage of each processor ("stage/tag_processor.conditions[1].if"), one a processor, one for all of them, one for the whole
 * stream with its threads, its input replaced by the file and its output by nothing. Errors: of the config, with place; RF_EIO; RF_ECONFIG no
 * message; RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_bench_config(rf_groups *groups, const char *config, const char *input, rf_error *reterr);
/*
 * A plugin over recorded events: an asciicast (v1, v2, v3: output, input, resizes), a text (its lines are output), or messages in JSON lines
 * when it has on_message. One benchmark a hook that the plugin has, one for loading it, one for all events. Errors: as rf_plugin_load(); RF_EIO;
 * RF_EPARSE a recording that is none, with its line; RF_ECONFIG nothing in it is for this plugin; RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_bench_plugin(rf_groups *groups, const char *plugin, const char *input, rf_error *reterr);

#endif
