/* metric: messages count in metrics of the user's own. */
#include "base/alloc.h"
#include "base/number.h"
#include "base/slice.h"
#include "base/table.h"
#include "components/processors/note.h"
#include "message/dynamic.h"
#include "observe/exposition.h"

#include <assert.h>
#include <math.h>

#define SERIES_MAX 10000u /* sets of labels that a thread counts: more would be a key of each message's own */
#define ARENA_BLOCK_BYTES 4096

enum { TYPE_COUNTER, TYPE_COUNTER_BY, TYPE_GAUGE, TYPE_TIMING };

static const char *const types[] = { "counter", "counter_by", "gauge", "timing", NULL };

typedef struct metric {
    int type;
    rf_slice name;
    rf_dynamics labels;
    rf_dynamic *value;

    const rf_env *env;
    rf_note note;
    char *metric_name; /* as metrics may be called; heap */
} metric;

/* What one thread needs. */
typedef struct metric_local {
    rf_table series; /* by their labels' text */
    rf_arena arena;  /* those texts */
    rf_buffer labels;
} metric_local;

static const rf_field metric_fields[] = {
    { "type", RF_FIELD_ENUM, offsetof(metric, type), NULL, RF_FIELD_REQUIRED,
      "`counter` counts messages; `counter_by` adds up `value`; `gauge` is the `value` of the last message; `timing` is a histogram of `value`, in nanoseconds.",
      types, NULL, 0, 0, 0 },
    { "name", RF_FIELD_STRING, offsetof(metric, name), NULL, RF_FIELD_REQUIRED, "Its name; what is neither letter nor digit becomes `_`.", NULL, NULL, 0, 0, 0 },
    { "labels", RF_FIELD_DYNAMICS, offsetof(metric, labels), "{}", 0, "Labels, asked of each message: each set of values is a series of its own, of which a thread "
      "counts 10,000.", NULL, NULL, 0, 0, 0 },
    { "value", RF_FIELD_DYNAMIC, offsetof(metric, value), "\"\"", 0, "A number that is not negative; `counter` does not look at it.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

static rf_code report(const rf_conf *conf, const char *field, const char *message, rf_slice what, const char *hint) {
    const rf_conf *node = rf_conf_child(conf, field);
    rf_error error = { 0 };
    (void)rf_raise(&error, RF_ECONFIG, message, RF_SLICE_ARG(what));
    rf_error_hint(&error, "%s", hint);
    return rf_conf_report(node ? node : conf, &error);
}

static rf_code check_labels(const metric *self, const rf_conf *conf) {
    for (size_t i = 0; i < self->labels.count; i++) {
        rf_slice name = self->labels.names[i];
        bool fine = name.len > 0 && !(name.data[0] >= '0' && name.data[0] <= '9');
        for (size_t c = 0; c < name.len; c++)
            fine = fine && is_word(name.data[c]);
        if (!fine)
            return report(conf, "labels", "`%.*s` cannot be the name of a label", name, "letters, digits and _, no digit first");
        if (rf_slice_is(name, "label") || rf_slice_is(name, "path"))
            return report(conf, "labels", "the label `%.*s` is there already: it tells the component", name, "give it another name");
    }
    return RF_OK;
}

static rf_code metric_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    metric *self = state;
    self->env = env;
    rf_note_init(&self->note, env);
    if (self->name.len == 0)
        return report(conf, "name", "metric name must not be empty%.*s", (rf_slice){ "", 0 }, "such as `name: parts_made`");
    self->metric_name = rf_alloc(self->name.len + 2);
    if (!self->metric_name)
        return rf_raise_nomem(reterr);
    char *at = self->metric_name;
    if (self->name.data[0] >= '0' && self->name.data[0] <= '9')
        *at++ = '_';
    for (size_t i = 0; i < self->name.len; i++)
        *at++ = is_word(self->name.data[i]) ? self->name.data[i] : '_';
    *at = '\0';
    return check_labels(self, conf);
}

static rf_code metric_attach(void *state, const rf_shard_env *shard, void **ret_local, rf_error *reterr) {
    metric_local *local = rf_alloc_zero(1, sizeof *local);
    (void)state, (void)shard;
    if (!local)
        return rf_raise_nomem(reterr);
    rf_arena_init(&local->arena, ARENA_BLOCK_BYTES);
    *ret_local = local;
    return RF_OK;
}

static void metric_detach(void *state, void *of_thread) {
    metric_local *local = of_thread;
    (void)state;
    if (!local)
        return;
    rf_table_done(&local->series);
    rf_buffer_done(&local->labels);
    rf_arena_done(&local->arena);
    rf_free(local);
}

/* The labels of message `i`, as metrics have them, in local->labels. */
static rf_code read_labels(const metric *self, metric_local *local, rf_batch *batch, uint32_t i, rf_error *reterr) {
    rf_buffer_clear(&local->labels);
    for (size_t l = 0; l < self->labels.count; l++) {
        rf_slice value;
        rf_code code = rf_dynamic_text(self->labels.items[l], batch, i, &value, reterr);
        if (code) {
            rf_error_prefix(reterr, "label interpolation error: ");
            return code;
        }
        if (l)
            rf_buffer_char(&local->labels, ',');
        rf_exposition_label(&local->labels, self->labels.names[l].data, value);
    }
    rf_buffer_char(&local->labels, '\0');
    return local->labels.failed ? rf_raise_nomem(reterr) : RF_OK;
}

static rf_code make_series(const metric *self, metric_local *local, rf_series **ret_series, rf_error *reterr) {
    static const rf_metric_kind kinds[] = { RF_METRIC_COUNTER, RF_METRIC_COUNTER, RF_METRIC_GAUGE, RF_METRIC_HISTOGRAM };
    if (local->series.count >= SERIES_MAX)
        return rf_raise(reterr, RF_ELIMIT, "there are %u sets of labels already, no more are counted", SERIES_MAX);
    rf_slice text = rf_buffer_view(&local->labels), key = rf_slice_dup_in(&local->arena, text);
    if (!key.data)
        return rf_raise_nomem(reterr);
    rf_metric_labels labels = { .label = self->env->label, .path = self->env->path, .others = text.len > 1 ? key.data : NULL };
    rf_code code = rf_metrics_series(self->env->metrics, kinds[self->type], self->metric_name, &labels, ret_series, reterr);
    if (code)
        return code;
    return rf_table_put(&local->series, key, *ret_series) ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code find_series(const metric *self, metric_local *local, rf_batch *batch, uint32_t i, rf_series **ret_series, rf_error *reterr) {
    rf_code code = read_labels(self, local, batch, i, reterr);
    if (code)
        return code;
    *ret_series = rf_table_get(&local->series, rf_buffer_view(&local->labels));
    return *ret_series ? RF_OK : make_series(self, local, ret_series, reterr);
}

/* What a text that is no such number is told to be, as the original words it. */
static rf_code not_a_number(const char *parser, rf_slice text, rf_error *reterr) {
    return rf_raise(reterr, RF_ESCRIPT, "strconv.%s: parsing \"%.*s\": invalid syntax", parser, text.len < 200 ? (int)text.len : 200,
                    text.data);
}

static rf_code read_number(const metric *self, rf_slice text, double *ret_number, rf_error *reterr) {
    int64_t whole;
    if (rf_number_parse_i64(text, &whole))
        *ret_number = (double)whole;
    else if (self->type == TYPE_TIMING)
        return not_a_number("ParseInt", text, reterr);
    else if (!rf_number_parse_go_float(text, ret_number) || !isfinite(*ret_number))
        return not_a_number("ParseFloat", text, reterr);
    if (*ret_number < 0)
        return rf_raise(reterr, RF_ESCRIPT, "value %.*s is negative", text.len < 40 ? (int)text.len : 40, text.data);
    return RF_OK;
}

static rf_code count(const metric *self, metric_local *local, rf_batch *batch, uint32_t i, rf_slice text, rf_error *reterr) {
    rf_series *series = NULL;
    double number = 1;
    rf_code code = self->type == TYPE_COUNTER ? RF_OK : read_number(self, text, &number, reterr);
    if (!code)
        code = find_series(self, local, batch, i, &series, reterr);
    if (code)
        return code;
    if (self->type == TYPE_GAUGE)
        rf_series_set(series, number);
    else if (self->type == TYPE_TIMING)
        rf_series_observe(series, (uint64_t)number);
    else
        rf_series_add(series, number);
    return RF_OK;
}

static rf_code metric_process(void *state, void *local, rf_batch *batch, rf_error *reterr) {
    metric *self = state;
    for (uint32_t i = 0; i < batch->count; i++) {
        rf_error error = { 0 };
        rf_slice text = RF_SLICE("");
        const char *what = "Value interpolation error: ";
        rf_code code = self->type == TYPE_COUNTER ? RF_OK : rf_dynamic_text(self->value, batch, i, &text, &error);
        if (!code) {
            what = "Handler error: ";
            code = count(self, local, batch, i, text, &error);
        }
        if (code == RF_ENOMEM)
            return rf_raise_nomem(reterr);
        if (code)
            rf_note_log(&self->note, RF_LOG_ERROR, what, error.message);
    }
    return RF_OK;
}

static void metric_close(void *state) {
    metric *self = state;
    rf_free(self->metric_name);
}

const rf_processor_kind rf_metric_processor_kind = {
    .name = "metric",
    .summary = "Counts messages, or what they hold, in a metric of one's own.",
    .detail = "The metric stands beside riffle's own (docs/metrics.md) once the first message was counted, with the labels `label` and `path` of this component and those "
              "given here. The messages go on as they are; one whose value is no number is told in the log.",
    .example = "input:\n"
               "  generate: {mapping: 'root = {\"line\": counter() % 2, \"parts\": 5}', interval: 100ms, count: 6}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - metric:\n"
               "        type: counter_by\n"
               "        name: parts_made\n"
               "        labels: {line: '${! json(\"line\") }'}\n"
               "        value: ${! json(\"parts\") }\n"
               "output:\n"
               "  drop: {}\n",
    .fields = metric_fields,
    .state_size = sizeof(metric),
    .open = metric_open,
    .attach = metric_attach,
    .process = metric_process,
    .detach = metric_detach,
    .close = metric_close,
};
