/* reload.c: the thread that looks at saved configs, and how it hands over what it made of them. */
#include "cli/reload.h"

#include "base/alloc.h"
#include "base/file_watch.h"
#include "base/slice.h"
#include "base/thread.h"
#include "stream/stream.h"

#include <assert.h>

struct rf_reload {
    rf_config_options options;
    const char *log_level;
    rf_buffer *unread;
    rf_watched_file *files; /* the config, then the resources, then the environment */
    size_t file_count, resource_count;
    rf_file_watch *watch;
    rf_thread thread;
    rf_mutex lock; /* for what follows */
    rf_cond news;
    rf_host *running;
    rf_host *next; /* nobody has taken it yet */
    bool ending;   /* nobody will take one any more */
};

/* ---- what is said ---- */

static rf_log *log_of(const rf_reload *self) { return rf_host_log(self->running); }

static void say_changed(const rf_reload *self) {
    for (size_t i = 0; i < self->file_count; i++) {
        const rf_watched_file *file = &self->files[i];
        if (!file->changed)
            continue;
        if (i > 0 && i <= self->resource_count)
            rf_log_write(log_of(self), RF_LOG_INFO, NULL, "Resource %s config updated, attempting to update resources.", file->path);
        else if (i > 0)
            rf_log_write(log_of(self), RF_LOG_INFO, NULL, "Environment file %s updated, attempting to update pipeline.", file->path);
        else
            rf_log_write(log_of(self), RF_LOG_INFO, NULL, "Main config updated, attempting to update pipeline.");
    }
}

static void say_taken(const rf_reload *self) {
    bool others = false;
    for (size_t i = 1; i <= self->resource_count; i++) {
        if (self->files[i].changed)
            rf_log_write(log_of(self), RF_LOG_INFO, NULL, "Updated resource config from file %s.", self->files[i].path);
        others |= self->files[i].changed;
    }
    if (self->files[0].changed || !others)
        rf_log_write(log_of(self), RF_LOG_INFO, NULL, "Updated main config");
}

static const rf_error *first_finding(const rf_config *config) {
    bool warning = true;
    const rf_error *found = NULL;
    for (size_t i = 0; config && warning && i < rf_findings_count(config->findings, false); i++)
        found = rf_findings_get(config->findings, i, &warning);
    return warning ? NULL : found;
}

/* It cannot be read, or does not say which component: what the original tells apart from a field that is wrong. */
static bool is_unreadable(const rf_config *config, const rf_error *finding) {
    return !config->input.kind || rf_slice_starts(rf_slice_of(finding->message), RF_SLICE("unable to infer"));
}

static void say_unreadable(const rf_reload *self, const rf_error *error) {
    const char *file = error->place.line ? error->place.file : self->options.path;
    char place[40] = "";
    if (error->place.line > 0 && error->code != RF_EIO)
        (void)snprintf(place, sizeof place, "(%u,%u) ", error->place.line, error->place.column);
    rf_log_write(log_of(self), RF_LOG_ERROR, NULL, "Failed to read updated config: %s: %s%s", file, place, error->message);
}

/* With its line and a caret on standard error, and in the log. The stream runs on. */
static void say_wrong(const rf_reload *self, const rf_config *config, const rf_error *error) {
    const rf_error *finding = error->code == RF_ECONFIG ? first_finding(config) : NULL;
    if (config && rf_findings_count(config->findings, false))
        rf_host_show_findings(config);
    if (!finding || is_unreadable(config, finding)) {
        say_unreadable(self, finding ? finding : error);
        return;
    }
    char text[sizeof finding->message + sizeof finding->place.file + 40];
    (void)snprintf(text, sizeof text, "%s(%u,%u) %s", finding->place.file, finding->place.line, finding->place.column, finding->message);
    const rf_log_field field = { "lint", rf_slice_of(text) };
    rf_log_write_fields(log_of(self), RF_LOG_ERROR, NULL,
                        RF_SLICE("Rejecting updated main config due to linter errors, to allow linting errors run riffle with --chilled"),
                        &field, 1);
}

/* ---- what is done ---- */

/* Components opened, and the port there; what is wrong is said. Takes the config. */
static rf_host *open_host(const rf_reload *self, rf_config *config) {
    rf_host *host = NULL;
    rf_error error = { 0 };
    config->unread = self->unread;
    rf_code code = rf_host_open(config, self->log_level, &host, &error);
    if (code == RF_ECONFIG && host) {
        say_wrong(self, rf_host_config(host), &error);
    } else {
        if (!code)
            code = rf_host_check_address(host, self->running, &error);
        if (code)
            rf_log_write(log_of(self), RF_LOG_ERROR, NULL, "Rejecting updated main config: %s", error.message);
    }
    if (!code)
        return host;
    rf_host_free(host);
    return NULL;
}

/* The next host, opened; NULL: it was said why not. */
static rf_host *prepare(const rf_reload *self) {
    rf_config *config = NULL;
    rf_error error = { 0 };
    rf_code code = rf_config_load(&self->options, &config, &error);
    if (!config || config->input.kind)
        say_changed(self);
    if (!code)
        return open_host(self, config);
    say_wrong(self, config, &error);
    rf_config_free(config);
    return NULL;
}

/* Drains what runs and waits until `next` does. False: the run ends instead. */
static bool hand_over(rf_reload *self, rf_host *next) {
    rf_mutex_lock(&self->lock);
    self->next = next; /* ours until it is taken */
    if (!self->ending)
        rf_stream_drain(rf_host_stream(self->running));
    while (!self->ending && self->running != next)
        rf_cond_wait(&self->news, &self->lock);
    const bool runs = self->running == next;
    next = self->next;
    self->next = NULL;
    rf_mutex_unlock(&self->lock);
    rf_host_free(next);
    return runs;
}

static void watch(void *arg) {
    rf_reload *self = arg;
    while (rf_file_watch_wait(self->watch)) {
        if (rf_file_watch_is_kept(self->watch)) {
            rf_log_write(log_of(self), RF_LOG_INFO, NULL, "The config is again what runs");
            continue;
        }
        rf_host *next = prepare(self);
        if (!next)
            continue;
        if (!hand_over(self, next))
            return;
        rf_file_watch_keep(self->watch);
        say_taken(self);
    }
}

/* ---- for whoever runs the streams ---- */

rf_host *rf_reload_take(rf_reload *self) {
    assert(self);
    rf_mutex_lock(&self->lock);
    rf_host *next = self->next;
    self->next = NULL;
    if (!next) {
        self->ending = true;
        rf_cond_broadcast(&self->news);
    }
    rf_mutex_unlock(&self->lock);
    return next;
}

void rf_reload_taken(rf_reload *self, rf_host *host) {
    assert(self && host);
    rf_mutex_lock(&self->lock);
    self->running = host;
    rf_cond_broadcast(&self->news);
    rf_mutex_unlock(&self->lock);
}

void rf_reload_share(rf_reload *self, rf_buffer *unread) { self->unread = unread; }

rf_code rf_reload_start(rf_reload *self, rf_host *host, rf_error *reterr) {
    assert(self && host);
    self->running = host;
    return rf_thread_start(&self->thread, "rf-reload", watch, self, reterr);
}

void rf_reload_stop(rf_reload *self) {
    assert(self);
    rf_mutex_lock(&self->lock);
    self->ending = true;
    rf_cond_broadcast(&self->news);
    rf_mutex_unlock(&self->lock);
    rf_file_watch_wake(self->watch);
    rf_thread_join(&self->thread);
}

static size_t count_of(const char *const *list) {
    size_t count = 0;
    while (list && list[count])
        count++;
    return count;
}

static rf_code list_files(rf_reload *self, rf_error *reterr) {
    const rf_config_options *options = &self->options;
    size_t resources = count_of(options->resources), env_files = count_of(options->env_files);
    self->files = rf_alloc_zero(1 + resources + env_files, sizeof *self->files);
    if (!self->files)
        return rf_raise_nomem(reterr);
    self->resource_count = resources;
    self->files[self->file_count++].path = options->path;
    for (size_t i = 0; i < resources; i++)
        self->files[self->file_count++] = (rf_watched_file){ .path = options->resources[i], .is_pattern = true };
    for (size_t i = 0; i < env_files; i++)
        self->files[self->file_count++].path = options->env_files[i];
    return rf_file_watch_new(self->files, self->file_count, &self->watch, reterr);
}

rf_code rf_reload_new(const rf_config_options *options, const char *log_level, rf_reload **ret_reload, rf_error *reterr) {
    assert(options && ret_reload);
    rf_reload *self = rf_alloc_zero(1, sizeof *self);
    if (!self)
        return rf_raise_nomem(reterr);
    self->options = *options;
    self->log_level = log_level;
    rf_mutex_init(&self->lock);
    rf_cond_init(&self->news);
    rf_code code = list_files(self, reterr);
    if (code)
        rf_reload_free(self);
    else
        *ret_reload = self;
    return code;
}

void rf_reload_free(rf_reload *self) {
    if (!self)
        return;
    rf_file_watch_free(self->watch);
    rf_free(self->files);
    rf_cond_done(&self->news);
    rf_mutex_done(&self->lock);
    rf_free(self);
}
