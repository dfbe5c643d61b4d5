/* http_mount.h: paths on the service's port that somebody else answers: bodies, and waiting for as long as it takes, included. */
#ifndef RF_OBSERVE_HTTP_MOUNT_H
#define RF_OBSERVE_HTTP_MOUNT_H

#include "base/thread.h"

#include <microhttpd.h>

/* What `*request` points at in every request, first in whatever it is: who goes on with it. */
typedef enum rf_http_owner {
    RF_HTTP_NOBODY, /* the head was seen, no more */
    RF_HTTP_JOB,    /* a slow answer */
    RF_HTTP_GUEST,  /* a mount */
} rf_http_owner;

typedef struct rf_http_guest {
    rf_http_owner owner; /* RF_HTTP_GUEST */
    const struct rf_http_mount *mount;
} rf_http_guest;

/* One who answers some paths. All but `end` are called by the thread of the service, which serves nobody else meanwhile. */
typedef struct rf_http_mount {
    void *arg;
    const char *path;    /* "/post", for /endpoints; no quotes in it */
    const char *summary;
    /* Whether a request for that path (decoded) is for it. */
    bool (*wants)(void *arg, rf_slice path);
    /* As libmicrohttpd's access handler; the first call sets *request to something that begins with an rf_http_guest. `path` is
     * without the service's root, `url` as it was asked for. */
    enum MHD_Result (*handle)(void *arg, struct MHD_Connection *connection, rf_slice path, const char *url, const char *method,
                              const char *upload, size_t *upload_len, void **request);
    /* The request is over. `sent`: its answer went out as a whole. Behind TLS it is the gate's thread that says so. */
    void (*done)(void *request, bool sent);
    /* The service ends: no connection may stay suspended. Blocks until the answers are out, for a second at most. */
    void (*end)(void *arg);
    unsigned connections; /* that it may hold at a time */
    struct rf_http_mount *next; /* the list's own */
} rf_http_mount;

/* Those of one service. Zeroed it is not ready: rf_http_mounts_init(). */
typedef struct rf_http_mounts {
    rf_mutex lock;
    rf_http_mount *first; /* in the order they came */
    bool made;
} rf_http_mounts;

void rf_http_mounts_init(rf_http_mounts *mounts);
/* Everything was removed, or is of no more use. Zeroed is fine. */
void rf_http_mounts_done(rf_http_mounts *mounts);
/* `mount` stays its owner's, and where it is, until it is removed. Any thread. */
void rf_http_mounts_add(rf_http_mounts *mounts, rf_http_mount *mount);
/* None of its requests may be left. One that was not added is fine. */
void rf_http_mounts_remove(rf_http_mounts *mounts, rf_http_mount *mount);
/* The first that wants the path, or NULL. NULL mounts: none. */
rf_http_mount *rf_http_mounts_find(rf_http_mounts *mounts, rf_slice path);
/* Connections that all together may hold. */
unsigned rf_http_mounts_connections(rf_http_mounts *mounts);
/* Calls `end` of each. Nobody adds or removes any more. */
void rf_http_mounts_end(rf_http_mounts *mounts);
/* Calls `visit` with each, in order, under the lock. */
void rf_http_mounts_visit(rf_http_mounts *mounts, void (*visit)(void *arg, const rf_http_mount *mount), void *arg);

#endif
