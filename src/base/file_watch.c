/* file_watch.c: looking at files when inotify says so, and every second. */
#include "base/file_watch.h"

#include "base/alloc.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOOK_MS 1000    /* between looks without news */
#define STILL_MS 100    /* nobody has written for so long: it is written as a whole */
#define STILL_TRIES 50  /* then it is taken as it is */
#define GATHER_MS 20    /* between looks with news: others may write to the same folder all the time */
#define EVENTS (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ATTRIB)

#define HASH_BEGIN UINT64_C(0xcbf29ce484222325)

/* Of one file, or all of a pattern. */
typedef struct sight {
    uint64_t status;  /* what the system says of it: another one is the reason to read */
    uint64_t content; /* of the last look */
    uint64_t kept;
} sight;

struct rf_file_watch {
    rf_watched_file *files;
    size_t count;
    sight *sights;
    int inotify, event; /* -1: there is none */
};

static uint64_t mix(uint64_t hash, const void *data, size_t len) { /* FNV-1a */
    const unsigned char *bytes = data;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* ---- looking ---- */

static uint64_t mix_status(uint64_t hash, const char *path) {
    struct stat now;
    if (stat(path, &now) != 0)
        return mix(hash, "-", 1);
    const uint64_t facts[] = {
        now.st_dev,
        now.st_ino,
        (uint64_t)now.st_size,
        (uint64_t)now.st_mtim.tv_sec,
        (uint64_t)now.st_mtim.tv_nsec,
        (uint64_t)now.st_ctim.tv_sec,
        (uint64_t)now.st_ctim.tv_nsec,
    };
    return mix(hash, facts, sizeof facts);
}

/* Of what is no plain file nothing is read: a pipe gives what it has only once. */
static uint64_t mix_content(uint64_t hash, const char *path) {
    char block[16384];
    struct stat status;
    hash = mix(hash, path, strlen(path) + 1);
    int fd = stat(path, &status) == 0 && S_ISREG(status.st_mode) ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
    if (fd < 0)
        return mix(hash, "-", 1);
    for (ssize_t got; (got = read(fd, block, sizeof block)) > 0 || (got < 0 && errno == EINTR);)
        hash = mix(hash, block, got > 0 ? (size_t)got : 0);
    (void)close(fd); /* only read from */
    return mix(hash, "+", 1);
}

/* Of all files that it stands for. */
static uint64_t mix_all(const rf_watched_file *file, uint64_t (*mix_one)(uint64_t hash, const char *path)) {
    uint64_t hash = HASH_BEGIN;
    if (!file->is_pattern)
        return mix_one(hash, file->path);
    glob_t found;
    int status = glob(file->path, 0, NULL, &found);
    for (size_t i = 0; status == 0 && i < found.gl_pathc; i++)
        hash = mix_one(hash, found.gl_pathv[i]);
    globfree(&found);
    return hash;
}

/* Whether the system says something else of any of them than before. */
static bool look(rf_file_watch *watch) {
    bool news = false;
    for (size_t i = 0; i < watch->count; i++) {
        uint64_t status = mix_all(&watch->files[i], mix_status);
        news |= status != watch->sights[i].status;
        watch->sights[i].status = status;
    }
    return news;
}

/* Whether any holds something else; which, is marked. */
static bool read_all(rf_file_watch *watch) {
    bool news = false;
    for (size_t i = 0; i < watch->count; i++) {
        uint64_t content = mix_all(&watch->files[i], mix_content);
        watch->files[i].changed = content != watch->sights[i].content;
        news |= watch->files[i].changed;
        watch->sights[i].content = content;
    }
    return news;
}

/* ---- waiting ---- */

static void watch_folder(const rf_file_watch *watch, const char *path) {
    char copy[PATH_MAX];
    if (strlen(path) >= sizeof copy)
        return;
    memcpy(copy, path, strlen(path) + 1);
    (void)inotify_add_watch(watch->inotify, dirname(copy), EVENTS); /* again: the same watch; without it: a look a second */
}

/* The folder that the file is in, and the one where it really is. */
static void watch_folders(const rf_file_watch *watch) {
    char real[PATH_MAX];
    for (size_t i = 0; watch->inotify >= 0 && i < watch->count; i++) {
        watch_folder(watch, watch->files[i].path);
        if (realpath(watch->files[i].path, real))
            watch_folder(watch, real);
    }
}

/* What has changed is found by looking: the events themselves say nothing more. */
static void drain(const rf_file_watch *watch) {
    char events[4096];
    while (watch->inotify >= 0 && read(watch->inotify, events, sizeof events) > 0) {
    }
}

/* For so long, or until there is news (unless `deaf`) or it is woken: then false. */
static bool pause_for(const rf_file_watch *watch, int ms, bool deaf) {
    struct pollfd fds[] = { { .fd = watch->event, .events = POLLIN }, { .fd = deaf ? -1 : watch->inotify, .events = POLLIN } };
    (void)poll(fds, 2, ms); /* interrupted: a look too many */
    return !(fds[0].revents & POLLIN);
}

/* Until nobody writes any more. False: woken. */
static bool settle(rf_file_watch *watch) {
    for (int tries = 0; tries < STILL_TRIES; tries++) {
        if (!pause_for(watch, STILL_MS, true))
            return false;
        if (!look(watch))
            break;
    }
    return true;
}

bool rf_file_watch_wait(rf_file_watch *watch) {
    assert(watch);
    for (;;) {
        watch_folders(watch); /* before the look: what comes after it is told */
        drain(watch);
        if (look(watch)) {
            if (!settle(watch))
                return false;
            if (read_all(watch))
                return true;
        }
        if (!pause_for(watch, LOOK_MS, false) || !pause_for(watch, GATHER_MS, true))
            return false;
    }
}

void rf_file_watch_wake(rf_file_watch *watch) {
    const uint64_t one = 1;
    if (write(watch->event, &one, sizeof one) < 0) {
        /* Full: it is awake. */
    }
}

void rf_file_watch_keep(rf_file_watch *watch) {
    for (size_t i = 0; i < watch->count; i++)
        watch->sights[i].kept = watch->sights[i].content;
}

bool rf_file_watch_is_kept(const rf_file_watch *watch) {
    bool same = true;
    for (size_t i = 0; i < watch->count; i++)
        same = same && watch->sights[i].kept == watch->sights[i].content;
    return same;
}

rf_code rf_file_watch_new(rf_watched_file *files, size_t count, rf_file_watch **ret_watch, rf_error *reterr) {
    assert((files || count == 0) && ret_watch);
    rf_file_watch *watch = rf_alloc_zero(1, sizeof *watch);
    if (!watch)
        return rf_raise_nomem(reterr);
    *watch = (rf_file_watch){ .files = files, .count = count, .sights = rf_alloc_zero(count + 1, sizeof *watch->sights), .event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
    watch->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    rf_code code = !watch->sights ? rf_raise_nomem(reterr) : RF_OK;
    if (!code && watch->event < 0)
        code = rf_raise(reterr, RF_EIO, "cannot make an event: %s", strerror(errno));
    if (code) {
        rf_file_watch_free(watch);
        return code;
    }
    watch_folders(watch);
    (void)look(watch);
    (void)read_all(watch);
    rf_file_watch_keep(watch);
    *ret_watch = watch;
    return RF_OK;
}

void rf_file_watch_free(rf_file_watch *watch) {
    if (!watch)
        return;
    if (watch->inotify >= 0)
        (void)close(watch->inotify);
    if (watch->event >= 0)
        (void)close(watch->event);
    rf_free(watch->sights);
    rf_free(watch);
}
