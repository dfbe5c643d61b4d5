/* watch.c: saved plugin files, noticed: inotify on their folders, a short wait for editors to finish, one load for each new content. */
#include "plugin/watch.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/nearest.h"
#include "base/slice.h"
#include "base/thread.h"
#include "script/fusabi/files.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define QUIET_NS (30 * RF_NS_PER_MS)    /* without an event: whoever saves is done */
#define LONGEST_NS (500 * RF_NS_PER_MS) /* something that writes all the time does not put loads off for ever */
#define AGAIN_MS 1000                   /* a folder that is not there is looked for so often */
#define EVENTS (IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_MOVE_SELF | IN_ONLYDIR)

/* A script or a manifest: its folder is what is watched. */
typedef struct watched_file {
    const char *path, *folder, *name;
    int wd; /* the kernel's number for the folder, the same for all files in it; -1: the folder is not there */
} watched_file;

/* A plugin. */
typedef struct watched {
    rf_plugin_file file;  /* as it is loaded: the manifest may come and go */
    watched_file script, manifest;
    char name[72];        /* under `lock`: a new version may have another one */
    uint8_t seen[32];     /* hash of the content that was reported last; the watch's thread */
    bool touched;         /* the watch's thread */
    bool ordered;         /* under `lock`: rf_watch_reload() */
} watched;

struct rf_watch {
    rf_watch_options options;
    rf_arena arena;       /* paths */
    rf_arena contents;    /* cleared for each check; the watch's thread */
    watched *items;
    size_t count;
    int inotify, event;   /* `event` wakes the thread for orders */
    rf_mutex lock;
    bool stops;           /* under `lock` */
    uint64_t first_ns, last_ns; /* of the events since the last check; 0: none */
    rf_thread thread;
};

/* ---- Loading ---- */

/* The hash of what is in the files now, as rf_plugin_load() computes it. RF_EIO: there is no script just now. */
static rf_code read_hash(rf_watch *watch, watched *item, uint8_t ret_hash[32], rf_error *reterr) {
    rf_slice script, manifest = { NULL, 0 };
    rf_arena_clear(&watch->contents);
    item->file.manifest = access(item->manifest.path, F_OK) == 0 ? item->manifest.path : NULL;
    rf_code code = rf_fus_file_read(&watch->contents, item->script.path, &script, reterr);
    if (!code && item->file.manifest)
        code = rf_fus_file_read(&watch->contents, item->manifest.path, &manifest, reterr);
    if (!code)
        rf_trust_hash(script, manifest, ret_hash);
    return code;
}

static void keep_name(rf_watch *watch, watched *item, rf_slice name) {
    size_t len = name.len < sizeof item->name ? name.len : sizeof item->name - 1;
    rf_mutex_lock(&watch->lock);
    if (len)
        memcpy(item->name, name.data, len);
    item->name[len] = '\0';
    rf_mutex_unlock(&watch->lock);
}

static void report(rf_watch *watch, const watched *item, rf_plugin *plugin, const rf_error *error) {
    watch->options.changed(watch->options.user, plugin, &item->file, error);
}

/* Somebody has emptied the file and not filled it yet, or wrote into it a moment ago: what was read may be half of it. */
static bool is_being_written(const watched *item) {
    struct stat info;
    if (stat(item->script.path, &info))
        return false;
    struct timespec written = info.st_mtim;
    int64_t age_ns = rf_clock_wall_ns() - ((int64_t)written.tv_sec * (int64_t)RF_NS_PER_S + written.tv_nsec);
    return info.st_size == 0 || (age_ns >= 0 && age_ns < (int64_t)QUIET_NS);
}

/* False: `patient`, and the file was not whole yet. */
static bool load(rf_watch *watch, watched *item, bool patient) {
    rf_plugin *plugin = NULL;
    rf_error error = { 0 };
    rf_code code = rf_plugin_load(&item->file, &watch->options.load, &plugin, &error);
    if (patient && is_being_written(item)) { /* looked at behind the reading: before it, it might have begun since */
        rf_plugin_unref(plugin);
        return false;
    }
    if (code == RF_ENOMEM || code == RF_EIO)
        memset(item->seen, 0, sizeof item->seen); /* not the content's fault: the next save tries again */
    if (code) {
        report(watch, item, NULL, &error);
        return true;
    }
    rf_plugin_hash(plugin, item->seen); /* what was loaded, even if the file has changed again since */
    keep_name(watch, item, plugin->manifest.name);
    report(watch, item, plugin, NULL);
    rf_plugin_unref(plugin);
    return true;
}

/* Loads what is new; `ordered`: whatever is there. False: it is to be looked at again, as load() says. */
static bool check(rf_watch *watch, watched *item, bool ordered, bool patient) {
    uint8_t hash[32], before[32];
    rf_error error = { 0 };
    rf_code code = read_hash(watch, item, hash, &error);
    if (code && (ordered || code == RF_ENOMEM)) {
        report(watch, item, NULL, &error);
        return true;
    }
    if (code || (!ordered && memcmp(hash, item->seen, sizeof hash) == 0))
        return true; /* gone for the moment (its coming back is an event, too), or as it was */
    memcpy(before, item->seen, sizeof before);
    memcpy(item->seen, hash, sizeof hash);
    bool done = load(watch, item, patient);
    if (!done)
        memcpy(item->seen, before, sizeof before);
    return done;
}

/* ---- Folders ---- */

static bool watch_folder(const rf_watch *watch, watched_file *file) {
    file->wd = inotify_add_watch(watch->inotify, file->folder, EVENTS); /* a folder that is watched already keeps its number */
    return file->wd >= 0 || errno == ENOENT || errno == ENOTDIR;
}

static bool is_missing(const rf_watch *watch) {
    for (size_t i = 0; i < watch->count; i++)
        if (watch->items[i].script.wd < 0 || watch->items[i].manifest.wd < 0)
            return true;
    return false;
}

static void touch(rf_watch *watch, watched *item) {
    item->touched = true;
    watch->last_ns = rf_clock_mono_ns();
    if (!watch->first_ns)
        watch->first_ns = watch->last_ns;
}

/* Looks for folders that went away; what is in one that came back may be new. */
static void watch_again(rf_watch *watch) {
    for (size_t i = 0; i < watch->count; i++) {
        watched *item = &watch->items[i];
        watched_file *files[] = { &item->script, &item->manifest };
        for (int k = 0; k < 2; k++)
            if (files[k]->wd < 0 && watch_folder(watch, files[k]) && files[k]->wd >= 0)
                touch(watch, item);
    }
}

/* ---- Events ---- */

/* A file that was just made is written next, and its closing is an event of its own: only links are whole at once. */
static bool is_link(const char *path) {
    struct stat info;
    return lstat(path, &info) == 0 && (S_ISLNK(info.st_mode) || info.st_nlink > 1);
}

static void file_event(rf_watch *watch, watched *item, watched_file *file, const struct inotify_event *event) {
    if (event->wd != file->wd)
        return;
    if (event->mask & IN_IGNORED) /* the folder is gone */
        file->wd = -1;
    else if (event->len == 0 || strcmp(event->name, file->name) != 0)
        return;
    else if (!(event->mask & IN_CREATE) || is_link(file->path))
        touch(watch, item);
}

static void take_event(rf_watch *watch, const struct inotify_event *event) {
    if (event->mask & IN_MOVE_SELF) /* under that path there is another one, or none: IN_IGNORED follows */
        (void)inotify_rm_watch(watch->inotify, event->wd);
    for (size_t i = 0; i < watch->count; i++) {
        watched *item = &watch->items[i];
        if (event->mask & IN_Q_OVERFLOW) { /* events were lost: look at everything */
            touch(watch, item);
            continue;
        }
        file_event(watch, item, &item->script, event);
        file_event(watch, item, &item->manifest, event);
    }
}

static void take_events(rf_watch *watch) {
    _Alignas(struct inotify_event) char bytes[8192];
    ssize_t len;
    while ((len = read(watch->inotify, bytes, sizeof bytes)) > 0)
        for (ssize_t at = 0; at < len;) {
            const struct inotify_event *event = (const void *)(bytes + at);
            take_event(watch, event);
            at += (ssize_t)(sizeof *event + event->len);
        }
}

/* ---- The thread ---- */

static bool must_stop(rf_watch *watch) {
    rf_mutex_lock(&watch->lock);
    bool stops = watch->stops;
    rf_mutex_unlock(&watch->lock);
    return stops;
}

static bool take_order(rf_watch *watch, watched *item) {
    rf_mutex_lock(&watch->lock);
    bool ordered = item->ordered;
    item->ordered = false;
    rf_mutex_unlock(&watch->lock);
    return ordered;
}

/* Orders at once; what events touched when it is time for that. */
static void check_all(rf_watch *watch) {
    uint64_t now_ns = rf_clock_mono_ns(), first_ns = watch->first_ns;
    bool overdue = first_ns && now_ns - first_ns >= LONGEST_NS;
    bool quiet = overdue || (first_ns && now_ns - watch->last_ns >= QUIET_NS);
    if (quiet)
        watch->first_ns = 0;
    for (size_t i = 0; i < watch->count && !must_stop(watch); i++) {
        watched *item = &watch->items[i];
        bool ordered = take_order(watch, item), touched = item->touched && quiet;
        if (!touched && !ordered)
            continue;
        item->touched = !check(watch, item, ordered, !ordered && !overdue);
        if (item->touched) { /* until it is quiet, or time is up */
            watch->first_ns = first_ns;
            watch->last_ns = now_ns;
        }
    }
}

static int wait_ms(const rf_watch *watch) {
    if (watch->first_ns)
        return (int)(QUIET_NS / RF_NS_PER_MS);
    return is_missing(watch) ? AGAIN_MS : -1;
}

static void watch_main(void *arg) {
    rf_watch *watch = arg;
    for (size_t i = 0; i < watch->count; i++)
        touch(watch, &watch->items[i]); /* saved between their loading and our start */
    while (!must_stop(watch)) {
        struct pollfd fds[2] = { { .fd = watch->inotify, .events = POLLIN }, { .fd = watch->event, .events = POLLIN } };
        (void)poll(fds, 2, wait_ms(watch)); /* whatever it says, the reads below do not block */
        uint64_t orders;
        ssize_t got = read(watch->event, &orders, sizeof orders);
        (void)got; /* it only wakes: the orders are in the items */
        take_events(watch);
        if (is_missing(watch))
            watch_again(watch);
        check_all(watch);
    }
}

/* ---- Starting, ordering, stopping ---- */

/* Path, folder and name of a file. False: no memory. */
static bool file_init(rf_watch *watch, watched_file *file, rf_slice path) {
    file->wd = -1;
    file->path = rf_slice_dup_in(&watch->arena, path).data;
    if (!file->path)
        return false;
    const char *slash = strrchr(file->path, '/');
    file->name = slash ? slash + 1 : file->path;
    size_t len = (size_t)(file->name - file->path);
    file->folder = slash ? rf_slice_dup_in(&watch->arena, (rf_slice){ file->path, len }).data : ".";
    return file->folder != NULL;
}

static rf_code item_init(rf_watch *watch, watched *item, const rf_plugin *plugin, rf_error *reterr) {
    if (!file_init(watch, &item->script, rf_slice_of(plugin->path)))
        return rf_raise_nomem(reterr);
    rf_slice name = rf_slice_of(item->script.name);
    const char *dot = strrchr(item->script.name, '.');
    item->file.path = item->script.path;
    item->file.stem = (rf_slice){ name.data, dot ? (size_t)(dot - name.data) : name.len };
    rf_slice base = { item->script.path, (size_t)(item->file.stem.data - item->script.path) + item->file.stem.len };
    rf_slice manifest = rf_slice_of(plugin->manifest_path);
    if (!manifest.data)
        manifest = rf_printf_in(&watch->arena, "%.*s.toml", RF_SLICE_ARG(base)); /* where one may come to be */
    if (!manifest.data || !file_init(watch, &item->manifest, manifest))
        return rf_raise_nomem(reterr);
    item->file.manifest = plugin->manifest_path ? item->manifest.path : NULL;
    keep_name(watch, item, plugin->manifest.name);
    rf_plugin_hash(plugin, item->seen);
    if (!watch_folder(watch, &item->script) || !watch_folder(watch, &item->manifest)) {
        (void)rf_raise(reterr, RF_EIO, "cannot watch the folder `%s`: %s", item->script.folder, strerror(errno));
        rf_error_hint(reterr, "the limit is in /proc/sys/fs/inotify/max_user_watches");
        return RF_EIO;
    }
    return RF_OK;
}

static rf_code open_fds(rf_watch *watch, rf_error *reterr) {
    watch->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    watch->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (watch->inotify >= 0 && watch->event >= 0)
        return RF_OK;
    (void)rf_raise(reterr, RF_EIO, "cannot watch folders: %s", strerror(errno));
    rf_error_hint(reterr, "the limit is in /proc/sys/fs/inotify/max_user_instances");
    return RF_EIO;
}

static rf_code start(rf_watch *watch, rf_plugin *const *plugins, rf_error *reterr) {
    rf_code code = open_fds(watch, reterr);
    for (size_t i = 0; !code && i < watch->count; i++)
        code = item_init(watch, &watch->items[i], plugins[i], reterr);
    return code ? code : rf_thread_start(&watch->thread, "plugin-watch", watch_main, watch, reterr);
}

rf_code rf_watch_start(const rf_watch_options *options, rf_plugin *const *plugins, size_t count, rf_watch **ret_watch, rf_error *reterr) {
    assert(options && options->changed && (plugins || count == 0) && ret_watch);
    rf_watch *watch = rf_alloc_zero(1, sizeof *watch);
    if (!watch)
        return rf_raise_nomem(reterr);
    watch->options = *options;
    watch->options.load.findings = NULL;
    watch->inotify = watch->event = -1;
    rf_mutex_init(&watch->lock);
    rf_arena_init(&watch->arena, 4096);
    rf_arena_init(&watch->contents, 16384);
    watch->items = rf_alloc_zero(count, sizeof *watch->items);
    watch->count = watch->items ? count : 0;
    rf_code code = watch->items ? start(watch, plugins, reterr) : rf_raise_nomem(reterr);
    if (code)
        rf_watch_stop(watch);
    else
        *ret_watch = watch;
    return code;
}

static void wake(const rf_watch *watch) {
    uint64_t one = 1;
    ssize_t done = write(watch->event, &one, sizeof one);
    (void)done; /* fails only when its count is full: then the thread is awake */
}

static rf_code refuse_name(rf_watch *watch, rf_slice name, rf_error *reterr) {
    (void)rf_raise(reterr, RF_ENOTFOUND, "no plugin `%.*s` is watched", RF_SLICE_ARG(name));
    const char **names = rf_alloc_zero(watch->count + 1, sizeof *names);
    if (!names)
        return RF_ENOTFOUND; /* the hint is a kindness */
    rf_mutex_lock(&watch->lock);
    for (size_t i = 0; i < watch->count; i++)
        names[i] = watch->items[i].name;
    const char *nearest = rf_nearest(name, names);
    if (nearest)
        rf_error_hint(reterr, "did you mean `%s`?", nearest);
    rf_mutex_unlock(&watch->lock);
    rf_free(names);
    return RF_ENOTFOUND;
}

rf_code rf_watch_reload(rf_watch *watch, rf_slice name, rf_error *reterr) {
    assert(watch);
    bool found = false;
    rf_mutex_lock(&watch->lock);
    for (size_t i = 0; i < watch->count; i++)
        if (rf_slice_is(name, watch->items[i].name))
            found = watch->items[i].ordered = true;
    rf_mutex_unlock(&watch->lock);
    if (!found)
        return refuse_name(watch, name, reterr);
    wake(watch);
    return RF_OK;
}

void rf_watch_stop(rf_watch *watch) {
    if (!watch)
        return;
    rf_mutex_lock(&watch->lock);
    watch->stops = true;
    rf_mutex_unlock(&watch->lock);
    if (watch->event >= 0)
        wake(watch);
    rf_thread_join(&watch->thread);
    if (watch->inotify >= 0)
        (void)close(watch->inotify);
    if (watch->event >= 0)
        (void)close(watch->event);
    rf_arena_done(&watch->contents);
    rf_arena_done(&watch->arena);
    rf_free(watch->items);
    rf_mutex_done(&watch->lock);
    rf_free(watch);
}
