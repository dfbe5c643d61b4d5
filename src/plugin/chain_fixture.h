/* chain_fixture.h: for tests of chains: plugins from texts, and a host that remembers what it was told. */
#ifndef RF_PLUGIN_CHAIN_FIXTURE_H
#define RF_PLUGIN_CHAIN_FIXTURE_H

#include "fixture.h"
#include "harness.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "plugin/chain.h"

#include <stdio.h>
#include <string.h>

#define RF_CHAIN_PLUGINS_MAX 24

typedef struct chain_bench {
    rf_fixture_dir dir;
    rf_plugin_shared shared;
    rf_plugin_host host;
    rf_chain *chain;
    rf_plugin *plugins[RF_CHAIN_PLUGINS_MAX];
    size_t count;
    rf_buffer log;
    rf_mutex lock; /* of the log */
    rf_error error;
} chain_bench;

static inline void chain_bench_done(chain_bench *b) {
    rf_chain_free(b->chain);
    for (size_t i = 0; i < b->count; i++)
        rf_plugin_unref(b->plugins[i]);
    rf_plugin_shared_done(&b->shared);
    rf_buffer_done(&b->log);
    rf_mutex_done(&b->lock);
    rf_fixture_dir_done(&b->dir);
}
#define CHAIN_BENCH(name) RF_CLEANUP(chain_bench_done) chain_bench name = { 0 }

static inline void chain_bench_log(void *user, rf_slice plugin, rf_log_level level, rf_slice text) {
    chain_bench *b = user;
    (void)level;
    rf_mutex_lock(&b->lock);
    rf_buffer_printf(&b->log, "%.*s: %.*s\n", RF_SLICE_ARG(plugin), RF_SLICE_ARG(text));
    rf_mutex_unlock(&b->lock);
}

static inline bool chain_bench_start(chain_bench *b) {
    rf_mutex_init(&b->lock);
    b->host = (rf_plugin_host){ .user = b, .kind = "test", .log = chain_bench_log };
    return rf_fixture_dir_init(&b->dir) && !rf_plugin_shared_init(&b->shared, NULL, &b->error)
           && !rf_chain_new(&(rf_chain_options){ .host = &b->host, .quota = RF_PLUGIN_QUOTA_DEFAULT }, &b->chain, &b->error);
}

/* Writes the file and loads it; NULL: see b->error. The bench keeps a reference. */
static inline rf_plugin *chain_bench_load(chain_bench *b, const char *file, const char *text) {
    char path[200];
    (void)snprintf(path, sizeof path, "%s/%s", b->dir.path, file);
    if (b->count == RF_CHAIN_PLUGINS_MAX || !rf_fixture_dir_write(&b->dir, file, rf_slice_of(text)))
        return NULL;
    rf_plugin_file about = { .path = path, .stem = { file, strcspn(file, ".") } };
    rf_plugin *plugin = NULL;
    if (rf_plugin_load(&about, &(rf_plugin_load_options){ .shared = &b->shared }, &plugin, &b->error))
        return NULL;
    b->plugins[b->count++] = plugin;
    return plugin;
}

static inline bool chain_bench_add(chain_bench *b, const char *file, const char *text) {
    rf_plugin *plugin = chain_bench_load(b, file, text);
    return plugin && !rf_chain_add(b->chain, plugin, &b->error);
}

static inline bool chain_bench_logged(chain_bench *b, const char *text) {
    rf_mutex_lock(&b->lock);
    bool found = b->log.data && memmem(b->log.data, b->log.len, text, strlen(text));
    rf_mutex_unlock(&b->lock);
    return found;
}

static inline rf_outcome_text chain_bench_say(chain_bench *b, const char *text) { return rf_chain_text(b->chain, RF_HOOK_OUTPUT, rf_slice_of(text)); }

#endif
