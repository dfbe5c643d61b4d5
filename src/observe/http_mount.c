/* http_mount.c: the list of those who answer paths of their own on the service's port. */
#include "observe/http_mount.h"

#include <assert.h>

void rf_http_mounts_init(rf_http_mounts *mounts) {
    assert(!mounts->made);
    rf_mutex_init(&mounts->lock);
    mounts->made = true;
}

void rf_http_mounts_done(rf_http_mounts *mounts) {
    if (mounts->made)
        rf_mutex_done(&mounts->lock);
    *mounts = (rf_http_mounts){ 0 };
}

void rf_http_mounts_add(rf_http_mounts *mounts, rf_http_mount *mount) {
    assert(mounts->made && mount->wants && mount->handle && mount->done);
    rf_mutex_lock(&mounts->lock);
    rf_http_mount **at = &mounts->first;
    while (*at)
        at = &(*at)->next;
    mount->next = NULL;
    *at = mount;
    rf_mutex_unlock(&mounts->lock);
}

void rf_http_mounts_remove(rf_http_mounts *mounts, rf_http_mount *mount) {
    assert(mounts->made);
    rf_mutex_lock(&mounts->lock);
    rf_http_mount **at = &mounts->first;
    while (*at && *at != mount)
        at = &(*at)->next;
    if (*at)
        *at = mount->next;
    rf_mutex_unlock(&mounts->lock);
}

rf_http_mount *rf_http_mounts_find(rf_http_mounts *mounts, rf_slice path) {
    if (!mounts)
        return NULL;
    rf_mutex_lock(&mounts->lock);
    rf_http_mount *mount = mounts->first;
    while (mount && !mount->wants(mount->arg, path))
        mount = mount->next;
    rf_mutex_unlock(&mounts->lock);
    return mount;
}

void rf_http_mounts_visit(rf_http_mounts *mounts, void (*visit)(void *arg, const rf_http_mount *mount), void *arg) {
    if (!mounts)
        return;
    rf_mutex_lock(&mounts->lock);
    for (const rf_http_mount *mount = mounts->first; mount; mount = mount->next)
        visit(arg, mount);
    rf_mutex_unlock(&mounts->lock);
}

static void add_connections(void *arg, const rf_http_mount *mount) { *(unsigned *)arg += mount->connections; }

unsigned rf_http_mounts_connections(rf_http_mounts *mounts) {
    unsigned count = 0;
    rf_http_mounts_visit(mounts, add_connections, &count);
    return count;
}

void rf_http_mounts_end(rf_http_mounts *mounts) {
    /* Without the lock: the service's thread, which looks for mounts under it, is what sends the answers. */
    for (const rf_http_mount *mount = mounts ? mounts->first : NULL; mount; mount = mount->next)
        if (mount->end)
            mount->end(mount->arg);
}
