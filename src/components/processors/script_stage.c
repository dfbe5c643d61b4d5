/* script_stage.c: compiling the scripts of a processor, and registering what is counted about them. */
#include "components/processors/script_stage.h"

#include "base/clock.h"

#include <assert.h>

const rf_field rf_script_cache_fields[] = {
    { .name = "max_entries", .type = RF_FIELD_INT, .offset = offsetof(rf_script_options, cache.max_entries) - offsetof(rf_script_options, cache),
      .standard = "10000", .flags = RF_FIELD_ADVANCED, .min = 1, .max = 100000000,
      .doc = "Most entries kept; the ones not used for longest go first." },
    { .name = "max_bytes", .type = RF_FIELD_SIZE, .offset = offsetof(rf_script_options, cache.max_bytes) - offsetof(rf_script_options, cache),
      .standard = "16MiB", .flags = RF_FIELD_ADVANCED, .doc = "Most bytes kept, keys and values together." },
    { 0 },
};

const rf_field rf_script_limit_fields[] = {
    { .name = "time", .type = RF_FIELD_DURATION, .offset = offsetof(rf_script_options, limits.time_ns) - offsetof(rf_script_options, limits),
      .standard = "1s", .flags = RF_FIELD_ADVANCED, .doc = "Longest time that one run may take." },
    { .name = "memory", .type = RF_FIELD_SIZE, .offset = offsetof(rf_script_options, limits.memory_bytes) - offsetof(rf_script_options, limits),
      .standard = "64MiB", .flags = RF_FIELD_ADVANCED, .doc = "Most memory that a virtual machine may hold." },
    { .name = "stack", .type = RF_FIELD_SIZE, .offset = offsetof(rf_script_options, limits.stack_bytes) - offsetof(rf_script_options, limits),
      .standard = "12MiB", .flags = RF_FIELD_ADVANCED,
      .doc = "Size of the script's stack: bounds recursion. Never more than the thread that runs it has." },
    { 0 },
};

static const char *const reason_names[RF_REASON_COUNT] = {
    [RF_REASON_FILTERED] = "filtered",     [RF_REASON_THREW] = "threw",        [RF_REASON_LIMIT] = "limit",
    [RF_REASON_BAD_RETURN] = "bad_return", [RF_REASON_NOT_JSON] = "not_json",  [RF_REASON_MISSING] = "missing_metadata",
    [RF_REASON_TOPIC] = "topic",           [RF_REASON_CONVERSION] = "conversion",
    [RF_REASON_DISABLED] = "disabled",
};

rf_code rf_scripts_init(rf_scripts *scripts, const rf_conf *conf, const rf_env *env, size_t cap, rf_error *reterr) {
    assert(scripts && env && cap > 0);
    rf_arena_init(&scripts->arena, 4096);
    scripts->env = env;
    scripts->conf = conf;
    scripts->list.cap = cap;
    scripts->list.stages = rf_arena_zero(&scripts->arena, cap, sizeof *scripts->list.stages);
    scripts->list.programs = rf_arena_zero(&scripts->arena, cap, sizeof *scripts->list.programs);
    if (!scripts->list.stages || !scripts->list.programs)
        return rf_raise_nomem(reterr);
    return RF_OK;
}

void rf_scripts_done(rf_scripts *scripts) {
    assert(scripts);
    for (size_t i = 0; i < scripts->list.program_count; i++)
        rf_program_free((rf_program *)scripts->list.programs[i]);
    rf_script_cache_free(scripts->cache);
    rf_arena_done(&scripts->arena);
    scripts->list = (struct rf_stage_list){ 0 };
    scripts->cache = NULL;
}

static rf_code register_reasons(rf_scripts *scripts, const char *name, const char *help, const char *stage,
                                unsigned reasons, rf_metric handles[static RF_REASON_COUNT], rf_error *reterr) {
    const rf_env *env = scripts->env;
    for (unsigned i = 0; i < RF_REASON_COUNT; i++) {
        if (!(reasons & RF_REASONS(i)))
            continue;
        rf_metric_labels labels = { .label = env->label, .path = env->path, .stage = stage, .reason = reason_names[i] };
        rf_code code = rf_metrics_counter(env->metrics, name, help, &labels, &handles[i], reterr);
        if (code)
            return code;
    }
    return RF_OK;
}

static rf_code register_stage(rf_scripts *scripts, const rf_stage_spec *spec, rf_script_stage *stage, rf_error *reterr) {
    rf_code code = register_reasons(scripts, "messages_dropped", "Messages dropped, by reason.", spec->metric,
                                    spec->dropped, stage->dropped, reterr);
    if (code)
        return code;
    return register_reasons(scripts, "messages_failed", "Messages that went on with an error, by reason.", spec->metric,
                            spec->failed, stage->failed, reterr);
}

static rf_code register_latency(rf_scripts *scripts, const rf_stage_spec *spec, rf_script_stage *stage, rf_error *reterr) {
    const rf_env *env = scripts->env;
    rf_metric_labels labels = { .label = env->label, .path = env->path, .stage = spec->metric };
    return rf_metrics_histogram(env->metrics, "stage_latency_ns", "Time one run of a stage took.", &labels, &stage->latency, reterr);
}

rf_code rf_scripts_add_plain(rf_scripts *scripts, const rf_stage_spec *spec, rf_error *reterr) {
    assert(scripts && spec && scripts->list.count < scripts->list.cap);
    rf_script_stage *stage = &scripts->list.stages[scripts->list.count];
    stage->name = rf_strdup_in(&scripts->arena, spec->name);
    if (!stage->name)
        return rf_raise_nomem(reterr);
    stage->limit.burst = 5;
    stage->limit.period_ns = 10 * RF_NS_PER_S;
    scripts->list.count++;
    return register_stage(scripts, spec, stage, reterr);
}

/* The compiler keeps views of what it is told: names live in the arena, the text in the config. */
static rf_code compile(rf_scripts *scripts, const rf_stage_spec *spec, const char *name, const rf_conf_script *script,
                       rf_program **ret_program, rf_error *reterr) {
    const char *file = rf_strdup_in(&scripts->arena, spec->file);
    const char *owner = scripts->env->label && *scripts->env->label ? scripts->env->label : spec->kind;
    const char *where = rf_printf_in(&scripts->arena, "%s.%s", owner, name).data;
    if (!file || !where)
        return rf_raise_nomem(reterr);
    const rf_script_source source = {
        .text = script->text.data ? script->text : RF_SLICE(""),
        .form = spec->form,
        .stage = name,
        .where = where,
        .file = file,
        .locate = script->node ? rf_conf_locate : NULL,
        .map = script->node,
    };
    return rf_program_compile(&source, ret_program, reterr);
}

rf_code rf_scripts_add(rf_scripts *scripts, const rf_stage_spec *spec, const rf_conf_script *script, rf_error *reterr) {
    assert(scripts && script && scripts->list.program_count == scripts->list.count);
    size_t index = scripts->list.count;
    rf_code code = rf_scripts_add_plain(scripts, spec, reterr);
    if (!code)
        code = register_latency(scripts, spec, &scripts->list.stages[index], reterr);
    if (code)
        return code;
    rf_program *program = NULL;
    rf_error error = { 0 };
    code = compile(scripts, spec, scripts->list.stages[index].name, script, &program, &error);
    if (code == RF_ESCRIPT) {
        error.code = RF_ECONFIG;
        rf_error_prefix(&error, "failed to compile %s code: ", spec->what);
        (void)rf_conf_report(script->node ? script->node : scripts->conf, &error);
        scripts->broken = true;
    } else if (code) {
        if (reterr)
            *reterr = error;
        return code;
    }
    scripts->list.programs[index] = program;
    scripts->list.program_count++;
    return RF_OK;
}

static double read_size(void *arg) {
    rf_scripts *scripts = arg;
    return (double)atomic_load_explicit(&scripts->pool_size, memory_order_relaxed);
}

static double read_bytes(void *arg) {
    rf_scripts *scripts = arg;
    return (double)atomic_load_explicit(&scripts->pool_bytes, memory_order_relaxed);
}

static rf_script_cache_counts cache_counts(void *arg) {
    rf_scripts *scripts = arg;
    rf_script_cache_counts counts;
    rf_script_cache_get_counts(scripts->cache, &counts);
    return counts;
}

static double read_cache_entries(void *arg) { return (double)cache_counts(arg).entries; }
static double read_cache_bytes(void *arg) { return (double)cache_counts(arg).bytes; }
static double read_cache_evicted(void *arg) { return (double)cache_counts(arg).evicted; }

static rf_code register_counters(rf_scripts *scripts, rf_error *reterr) {
    const struct { const char *name, *help; rf_metric *handle; } rows[] = {
        { "messages_processed", "Messages processed.", &scripts->processed },
        { "messages_errored", "Messages that could not be processed.", &scripts->errored },
        { "vm_pool_hits", "Runs served by a warm virtual machine.", &scripts->hits },
        { "vm_pool_misses", "Runs that needed a new virtual machine.", &scripts->misses },
        { "vm_pool_resets", "Virtual machines thrown away after a limit.", &scripts->resets },
    };
    const rf_env *env = scripts->env;
    const rf_metric_labels labels = { .label = env->label, .path = env->path };
    rf_code code = RF_OK;
    for (size_t i = 0; i < sizeof rows / sizeof *rows && !code; i++)
        code = rf_metrics_counter(env->metrics, rows[i].name, rows[i].help, &labels, rows[i].handle, reterr);
    return code ? code
                : rf_metrics_histogram(env->metrics, "vm_collection_pause_ns", "Collections of cycles, between runs of scripts.", &labels,
                                       &scripts->pauses, reterr);
}

static rf_code register_gauges(rf_scripts *scripts, rf_error *reterr) {
    const struct { const char *name, *help; double (*read)(void *); } rows[] = {
        { "vm_pool_size", "Virtual machines alive.", read_size },
        { "vm_pool_bytes", "Memory that they hold.", read_bytes },
        { "script_cache_entries", "Entries in the scripts' cache.", read_cache_entries },
        { "script_cache_bytes", "Bytes in the scripts' cache.", read_cache_bytes },
        { "script_cache_evicted", "Entries that went because a bound was passed.", read_cache_evicted },
    };
    const rf_env *env = scripts->env;
    const rf_metric_labels labels = { .label = env->label, .path = env->path };
    rf_code code = RF_OK;
    for (size_t i = 0; i < sizeof rows / sizeof *rows && !code; i++)
        code = rf_metrics_gauge(env->metrics, rows[i].name, rows[i].help, &labels, rows[i].read, scripts, reterr);
    return code;
}

/* A bound of zero would refuse every run. */
static bool check_limits(rf_scripts *scripts, const rf_script_options *options) {
    const struct { const char *name; uint64_t value; } rows[] = {
        { "cache.max_bytes", options->cache.max_bytes },     { "limits.time", options->limits.time_ns },
        { "limits.memory", options->limits.memory_bytes }, { "limits.stack", options->limits.stack_bytes },
    };
    bool fine = true;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].value)
            continue;
        rf_error error = { 0 };
        (void)rf_raise(&error, RF_ECONFIG, "%s must be more than 0", rows[i].name);
        (void)rf_conf_report(scripts->conf, &error);
        fine = false;
    }
    return fine;
}

rf_code rf_scripts_ready(rf_scripts *scripts, const rf_script_options *options, rf_error *reterr) {
    assert(scripts && options);
    if (!check_limits(scripts, options) || scripts->broken)
        return rf_raise(reterr, RF_ECONFIG, "failed to compile JavaScript programs");
    rf_code code = rf_script_cache_new((size_t)options->cache.max_entries, options->cache.max_bytes, &scripts->cache, reterr);
    if (code)
        return code;
    scripts->host = (rf_script_host){ .cache = scripts->cache, .log = scripts->env->log, .origin = scripts->env->origin,
                                      .giving_up = scripts->env->giving_up };
    scripts->limits = (rf_limits){ .time_ns = options->limits.time_ns,
                                   .heap_bytes = options->limits.memory_bytes,
                                   .stack_bytes = options->limits.stack_bytes };
    code = register_counters(scripts, reterr);
    return code ? code : register_gauges(scripts, reterr);
}
