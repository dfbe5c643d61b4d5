/* config.h: a whole config file, read, checked and opened: what lint passes, run starts. */
#ifndef RF_STREAM_CONFIG_H
#define RF_STREAM_CONFIG_H

#include "observe/password.h"
#include "stream/component.h"

/* Where a config comes from, and what the command line changes in it. */
typedef struct rf_config_options {
    const char *path;             /* a file */
    rf_slice text;                /* or a text (data not NULL; `path` then only names it): outlives the config */
    const char *const *sets;      /* "a.b=c", NULL at the end; or NULL */
    const char *const *env_files; /* NULL at the end; or NULL */
    const char *const *resources; /* files with `*_resources` sections, patterns of the shell; NULL at the end; or NULL */
    bool skip_env_check;          /* unset variables are no finding */
    bool require_labels;          /* lint --labels */
    bool report_deprecated;       /* lint --deprecated */
    bool chilled;                 /* unknown fields are warnings */
} rf_config_options;

/* When messages are a batch: whichever comes first; 0 and NULL: off. What is there at the end of the input is one, too. */
typedef struct rf_batching {
    int64_t count;
    uint64_t period_ns, byte_size;
    struct rf_query *check;  /* the message that meets it is the last of its batch */
    rf_components processors; /* run on each batch */
} rf_batching;
extern const rf_field rf_batching_fields[]; /* config_logger.c */
static inline bool rf_batching_is_on(const rf_batching *batching) {
    return batching->count > 0 || batching->period_ns > 0 || batching->byte_size > 0 || batching->check;
}

/* One component of the config, its state filled by its fields, not yet opened. */
struct rf_component {
    const void *kind;     /* rf_input_kind, … as `class` says */
    rf_class class;
    bool nested;          /* not one of those at the config's root: counted and logged where it is used */
    const char *label;    /* "" */
    const char *path;     /* "root.input" */
    const rf_conf *conf;  /* its body */
    void *state;
    rf_env env;           /* filled by rf_config_open */
    bool opened;
    rf_components processors; /* those beside an input or output */
    struct rf_config *config;
    struct rf_stage *stage; /* a nested processor: its counting (steps.h), made when it is opened */
    struct rf_outlet *outlet; /* a nested output: its running state (runtime.h), made when it is opened */
    rf_batching batching; /* of an input within another; the root's is the config's */
    bool no_replay;       /* an input with `auto_replay_nacks: false` */
    uint8_t walked;       /* a resource, while it is looked for one that holds itself (config_resources.c) */
};

/* Who may ask the service, as the config says; `password` is what it comes to, when that is enabled. */
typedef struct rf_http_auth_config {
    bool enabled;
    rf_slice realm, username, password_hash, salt;
    int algorithm;
    rf_password password;
} rf_http_auth_config;
typedef struct rf_http_cors_config { bool enabled; rf_strings allowed_origins; } rf_http_cors_config;
extern const struct rf_field rf_http_cors_fields[]; /* of its own map */
#define RF_HTTP_CORS_NOBODY "must specify at least one allowed origin"
#define RF_HTTP_CORS_HINT "such as [https://plant.example], or [\"*\"] for all"

typedef struct rf_http_config {
    bool enabled;         /* true */
    rf_slice address;     /* 127.0.0.1:4195 */
    rf_slice root_path;   /* /benthos */
    rf_slice cert_file, key_file; /* https */
    bool debug_endpoints;
    rf_http_auth_config auth;
    rf_http_cors_config cors;
} rf_http_config;

typedef enum rf_metrics_kind { RF_METRICS_PROMETHEUS, RF_METRICS_NONE, RF_METRICS_JSON_API, RF_METRICS_LOGGER } rf_metrics_kind;
typedef struct rf_metrics_config {
    rf_metrics_kind kind;
    uint64_t push_interval_ns;  /* logger: between records; 0: at the end only */
    bool flush_metrics;         /* logger: counters begin anew with each push */
    struct rf_mapping *mapping; /* of names and labels; the config's; NULL: none */
} rf_metrics_config;

typedef struct rf_logger_config {
    rf_log_level level;
    rf_log_format format;
    bool add_timestamp;
    rf_slice level_name, timestamp_name, message_name;
    const char *const *static_fields; /* name, value, …, NULL */
    rf_slice file_path;
} rf_logger_config;

typedef struct rf_config {
    rf_arena arena;            /* everything below */
    rf_source source;          /* the file as it stands */
    struct rf_document *document;
    rf_findings *findings;
    rf_component input;
    rf_batching batching;      /* of the input */
    rf_component output;
    rf_component buffer;       /* kind NULL: there is none */
    rf_component *processors;
    size_t processor_count;
    int64_t threads;           /* as configured; -1: one a CPU */
    rf_http_config http;
    rf_logger_config logger;
    rf_metrics_config metrics;
    uint64_t shutdown_timeout_ns, shutdown_delay_ns;
    uint32_t bits_given;       /* of rf_message.written_to, to outputs that hold others */
    uint32_t lanes_given;      /* to fans (stream/fan.h) */
    bool one_by_one;           /* set by rf_config_open(): some processor takes its time with a message */
    rf_ending ending;          /* set by the stream before its threads begin; components see it through their env */
    _Atomic bool giving_up;    /* set by the stream; components see it through their env */
    struct rf_http_mounts *mounts; /* set before rf_config_open() by whoever serves them; components see it through their env */
    struct rf_inprocs *inprocs; /* made by rf_config_open() */
    struct rf_plugins_live *plugins; /* set before rf_config_open() by whoever shows them; components see it through their env */
    rf_buffer *unread; /* set before rf_config_open() by whoever runs one config after the other; components see it through their env */
} rf_config;

/* Reads, puts in the environment, parses and checks against all tables. The config is always returned (unless
 * RF_ENOMEM) so that its findings can be shown; RF_ECONFIG when there are errors among them, RF_EIO when the file
 * cannot be read. */
RF_NODISCARD rf_code rf_config_load(const rf_config_options *options, rf_config **ret_config, rf_error *reterr);
/* Opens every component: scripts compiled, metrics registered. All findings are collected. `rf_env` parts are given. */
RF_NODISCARD rf_code rf_config_open(rf_config *config, rf_log *log, rf_metrics *metrics, rf_keys *keys, rf_error *reterr);
/* Closes components and frees; NULL is fine. */
void rf_config_free(rf_config *config);

/* Findings: errors and warnings in order of their place. */
size_t rf_findings_count(const rf_findings *findings, bool errors_only);
/* The i-th; *ret_warning tells its kind. */
const rf_error *rf_findings_get(const rf_findings *findings, size_t i, bool *ret_warning);
/* Shows all of them as text with lines and carets. */
void rf_findings_show(rf_buffer *out, const rf_config *config, bool colour);

#endif
