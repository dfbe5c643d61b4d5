/* cache.c: compiled scripts in a folder: one file an entry, named by what it came from, with a checksum over all of it. */
#include "plugin/cache.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/vec.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/*
 * An entry: magic (8 bytes, the version is its last), payload's length (8 bytes, low first), BLAKE2b-256 over key and
 * payload (32 bytes), payload. The key is BLAKE2b-256 over the salt's length, the salt and the text; its hex is the file's name.
 * The checksum finds damage; it is no signature. That nobody else put the file there is what the folder's owner and mode say.
 */
enum { KEY_BYTES = 32, NAME_BYTES = 2 * KEY_BYTES + 1, TEMP_BYTES = 32, HEADER_BYTES = 8 + 8 + KEY_BYTES };
static const char magic[8] = { 'R', 'F', 'B', 'C', 'A', 'C', 'H', 1 };

#define ENTRY_BYTES_MAX ((size_t)16 << 20)
#define FOLDER_ENTRIES_MAX 1000u
#define FOLDER_BYTES_MAX (UINT64_C(64) << 20)
/* The folder is looked through at the first put and then after so many puts or bytes: in between it may be that much over. */
#define PRUNE_PUTS 64u
#define PRUNE_BYTES (UINT64_C(8) << 20)
/* What a pass looks at: a folder that somebody filled with other things must not eat the memory. */
#define PRUNE_FILES_MAX 100000u
/* A writer that died left its file; no living one takes that long. */
#define TEMP_SECONDS_MAX 3600

struct rf_bytecode_cache {
    int dir; /* the open folder: names stay short, and a folder that is moved stays ours */
    uid_t user;
    _Atomic uint32_t puts;  /* since the last pass */
    _Atomic uint64_t bytes; /* the same */
};

struct key { uint8_t hash[KEY_BYTES]; char name[NAME_BYTES]; };

static void put_number(uint8_t out[8], uint64_t number) {
    for (int i = 0; i < 8; i++)
        out[i] = (uint8_t)(number >> (8 * i));
}

static uint64_t get_number(const uint8_t in[8]) {
    uint64_t number = 0;
    for (int i = 0; i < 8; i++)
        number |= (uint64_t)in[i] << (8 * i);
    return number;
}

/* Slices may have no data when they are empty; the library wants none then either. */
static void hash_more(crypto_generichash_state *state, rf_slice part) {
    if (part.len)
        (void)crypto_generichash_update(state, (const uint8_t *)part.data, part.len);
}

static void key_make(struct key *ret, rf_slice text, rf_slice salt) {
    crypto_generichash_state state;
    uint8_t length[8];
    put_number(length, salt.len);
    (void)crypto_generichash_init(&state, NULL, 0, KEY_BYTES);
    (void)crypto_generichash_update(&state, length, sizeof length);
    hash_more(&state, salt);
    hash_more(&state, text);
    (void)crypto_generichash_final(&state, ret->hash, KEY_BYTES);
    (void)sodium_bin2hex(ret->name, NAME_BYTES, ret->hash, KEY_BYTES);
}

static void header_make(uint8_t header[HEADER_BYTES], const struct key *key, rf_slice payload) {
    memcpy(header, magic, sizeof magic);
    put_number(header + 8, payload.len);
    crypto_generichash_state state;
    (void)crypto_generichash_init(&state, NULL, 0, KEY_BYTES);
    (void)crypto_generichash_update(&state, key->hash, KEY_BYTES);
    hash_more(&state, payload);
    (void)crypto_generichash_final(&state, header + 16, KEY_BYTES);
}

/* ---- The folder ---- */

/* Makes the folder and those above it; what is there already is left as it is. */
static rf_code make_folders(const char *dir, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer path = { 0 };
    rf_buffer_text(&path, dir);
    if (!rf_buffer_cstr(&path))
        return rf_raise_nomem(reterr);
    for (size_t i = 1; i <= path.len; i++) {
        if (i < path.len && path.data[i] != '/')
            continue;
        path.data[i] = '\0';
        if (mkdir(path.data, 0700) && errno != EEXIST)
            return rf_raise(reterr, RF_EIO, "cannot make the folder `%s`: %s", path.data, strerror(errno));
        path.data[i] = '/';
    }
    return RF_OK;
}

static rf_code check_folder(int fd, uid_t user, const char *dir, rf_error *reterr) {
    struct stat info;
    if (fstat(fd, &info))
        return rf_raise(reterr, RF_EIO, "cannot look at the folder `%s`: %s", dir, strerror(errno));
    if (info.st_uid != user) {
        (void)rf_raise(reterr, RF_EREFUSED, "the cache folder `%s` belongs to another user", dir);
        rf_error_hint(reterr, "remove it or let the cache be elsewhere: set XDG_CACHE_HOME");
        return RF_EREFUSED;
    }
    if (info.st_mode & (S_IWGRP | S_IWOTH)) {
        (void)rf_raise(reterr, RF_EREFUSED, "the cache folder `%s` may be written by others (mode %04o)", dir,
                       (unsigned)(info.st_mode & 07777));
        rf_error_hint(reterr, "run: chmod go-w '%s'", dir);
        return RF_EREFUSED;
    }
    return RF_OK;
}

rf_code rf_bytecode_cache_open(const char *dir, rf_bytecode_cache **ret_cache, rf_error *reterr) {
    assert(dir && ret_cache);
    if (!*dir)
        return rf_raise(reterr, RF_EIO, "the cache folder has no name");
    if (sodium_init() < 0) /* chooses the quick code for this processor, too */
        return rf_raise(reterr, RF_EIO, "the random number source of the system does not work");
    rf_code code = make_folders(dir, reterr);
    if (code)
        return code;
    rf_bytecode_cache *cache = rf_alloc_zero(1, sizeof *cache);
    if (!cache)
        return rf_raise_nomem(reterr);
    cache->user = geteuid();
    cache->puts = PRUNE_PUTS; /* programs that end after one put tidy up too */
    cache->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (cache->dir < 0)
        code = rf_raise(reterr, RF_EIO, "cannot open the folder `%s`: %s", dir, strerror(errno));
    else
        code = check_folder(cache->dir, cache->user, dir, reterr);
    if (code)
        rf_bytecode_cache_close(cache);
    else
        *ret_cache = cache;
    return code;
}

void rf_bytecode_cache_close(rf_bytecode_cache *cache) {
    if (!cache)
        return;
    if (cache->dir >= 0)
        (void)close(cache->dir); /* nothing was written through it */
    rf_free(cache);
}

/* ---- Getting ---- */

/* Reads header and payload at once, the payload behind what is in `out`. RF_EPARSE: not a whole entry. */
static rf_code read_entry(int fd, uid_t user, uint8_t header[HEADER_BYTES], rf_buffer *out, size_t *ret_len) {
    struct stat info;
    if (fstat(fd, &info) || !S_ISREG(info.st_mode) || info.st_uid != user || info.st_size < HEADER_BYTES)
        return RF_EPARSE;
    size_t len = (size_t)info.st_size - HEADER_BYTES;
    if (len > ENTRY_BYTES_MAX)
        return RF_EPARSE;
    if (!rf_buffer_reserve(out, len + 1))
        return RF_ENOMEM;
    struct iovec parts[2] = { { header, HEADER_BYTES }, { out->data + out->len, len } };
    ssize_t got;
    do
        got = readv(fd, parts, 2);
    while (got < 0 && errno == EINTR);
    *ret_len = len;
    return got == (ssize_t)(HEADER_BYTES + len) ? RF_OK : RF_EPARSE;
}

static bool is_sound(const uint8_t header[HEADER_BYTES], const struct key *key, rf_slice payload) {
    if (memcmp(header, magic, sizeof magic) != 0 || get_number(header + 8) != payload.len)
        return false;
    uint8_t expected[HEADER_BYTES];
    header_make(expected, key, payload);
    return memcmp(header, expected, HEADER_BYTES) == 0;
}

rf_code rf_bytecode_cache_get(rf_bytecode_cache *cache, rf_slice text, rf_slice salt, rf_buffer *out, rf_error *reterr) {
    assert(cache && out);
    struct key key;
    key_make(&key, text, salt);
    /* Not blocking: a pipe under that name must not hold us. */
    int fd = openat(cache->dir, key.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return rf_raise(reterr, RF_ENOTFOUND, "no entry in the cache");
    if (fd < 0 && errno != ELOOP && errno != EACCES) /* too many open files, say: the entry may be good */
        return rf_raise(reterr, RF_ENOTFOUND, "cannot open an entry of the cache: %s", strerror(errno));
    uint8_t header[HEADER_BYTES];
    size_t len = 0;
    rf_code code = fd < 0 ? RF_EPARSE : read_entry(fd, cache->user, header, out, &len);
    if (fd >= 0)
        (void)close(fd); /* only read */
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (code || !is_sound(header, &key, (rf_slice){ out->data + out->len, len })) {
        (void)unlinkat(cache->dir, key.name, 0); /* if it cannot go, it is found damaged again */
        return rf_raise(reterr, RF_ENOTFOUND, "a damaged entry in the cache: `%s`", key.name);
    }
    out->len += len;
    return RF_OK;
}

/* ---- Pruning ---- */

typedef struct entry { int64_t mtime_ns; uint64_t bytes; char name[NAME_BYTES]; } entry;
typedef struct entries { entry *items; size_t count, cap; uint64_t bytes; } entries;

static void entries_done(entries *all) { rf_vec_done(all); }

static int compare_age(const void *a, const void *b) {
    int64_t one = ((const entry *)a)->mtime_ns, other = ((const entry *)b)->mtime_ns;
    return one < other ? -1 : one > other;
}

static bool is_entry_name(const char *name) {
    return strspn(name, "0123456789abcdef") == NAME_BYTES - 1 && name[NAME_BYTES - 1] == '\0';
}

/* One file of the folder: an entry is put on the list, a forgotten temporary file goes. False: no memory. */
static bool prune_look(const rf_bytecode_cache *cache, const char *name, entries *all) {
    bool is_entry = is_entry_name(name), is_temp = strncmp(name, "new-", 4) == 0;
    struct stat info;
    if ((!is_entry && !is_temp) || fstatat(cache->dir, name, &info, AT_SYMLINK_NOFOLLOW))
        return true;
    if (is_temp) {
        if (rf_clock_wall_ms() / 1000 - info.st_mtim.tv_sec > TEMP_SECONDS_MAX)
            (void)unlinkat(cache->dir, name, 0); /* another process may have been quicker */
        return true;
    }
    if (!rf_vec_room(all))
        return false;
    entry *one = &all->items[all->count++];
    *one = (entry){ .mtime_ns = (int64_t)info.st_mtim.tv_sec * (int64_t)RF_NS_PER_S + info.st_mtim.tv_nsec, .bytes = (uint64_t)info.st_size };
    memcpy(one->name, name, NAME_BYTES);
    all->bytes += one->bytes;
    return true;
}

/* Removes the oldest entries until the folder is within its bounds. What fails is left for the next time. */
static void prune(const rf_bytecode_cache *cache) {
    int fd = openat(cache->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        if (fd >= 0)
            (void)close(fd);
        return;
    }
    RF_CLEANUP(entries_done) entries all = { 0 };
    bool good = true;
    size_t seen = 0;
    for (struct dirent *file; good && seen < PRUNE_FILES_MAX && (file = readdir(dir)); seen++)
        good = prune_look(cache, file->d_name, &all);
    (void)closedir(dir);
    if (!good || (all.count <= FOLDER_ENTRIES_MAX && all.bytes <= FOLDER_BYTES_MAX))
        return;
    qsort(all.items, all.count, sizeof *all.items, compare_age);
    for (size_t i = 0; i < all.count && (all.count - i > FOLDER_ENTRIES_MAX || all.bytes > FOLDER_BYTES_MAX); i++) {
        (void)unlinkat(cache->dir, all.items[i].name, 0); /* another process may have been quicker */
        all.bytes -= all.items[i].bytes;
    }
}

static void prune_if_due(rf_bytecode_cache *cache, uint64_t more_bytes) {
    uint32_t puts = atomic_fetch_add_explicit(&cache->puts, 1, memory_order_relaxed) + 1;
    uint64_t bytes = atomic_fetch_add_explicit(&cache->bytes, more_bytes, memory_order_relaxed) + more_bytes;
    if (puts <= PRUNE_PUTS && bytes <= PRUNE_BYTES)
        return;
    atomic_store_explicit(&cache->puts, 0, memory_order_relaxed);
    atomic_store_explicit(&cache->bytes, 0, memory_order_relaxed);
    prune(cache);
}

/* ---- Putting ---- */

static bool write_all(int fd, const void *data, size_t len) {
    for (size_t at = 0; at < len;) {
        ssize_t done = write(fd, (const char *)data + at, len - at);
        if (done < 0 && errno != EINTR)
            return false;
        at += done > 0 ? (size_t)done : 0;
    }
    return true;
}

/* Not synced: an entry that a power cut tears has a wrong checksum, and is built again. */
static bool write_entry(const rf_bytecode_cache *cache, const char *temp, const char *name, const uint8_t *header, rf_slice payload) {
    int fd = openat(cache->dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool good = write_all(fd, header, HEADER_BYTES) && write_all(fd, payload.data, payload.len);
    good = !close(fd) && good; /* a network's file system says here that it is full */
    if (good && !renameat(cache->dir, temp, cache->dir, name))
        return true;
    int why = errno;
    (void)unlinkat(cache->dir, temp, 0); /* the next passes take it when it is old */
    errno = why;
    return false;
}

rf_code rf_bytecode_cache_put(rf_bytecode_cache *cache, rf_slice text, rf_slice salt, rf_slice bytecode, rf_error *reterr) {
    assert(cache);
    if (bytecode.len > ENTRY_BYTES_MAX)
        return rf_raise(reterr, RF_EIO, "%zu bytes are too many for the cache (%zu at most)", bytecode.len, ENTRY_BYTES_MAX);
    struct key key;
    key_make(&key, text, salt);
    uint8_t header[HEADER_BYTES], random[8];
    header_make(header, &key, bytecode);
    char temp[TEMP_BYTES] = "new-";
    randombytes_buf(random, sizeof random);
    (void)sodium_bin2hex(temp + 4, TEMP_BYTES - 4, random, sizeof random);
    if (!write_entry(cache, temp, key.name, header, bytecode))
        return rf_raise(reterr, RF_EIO, "cannot write an entry of the cache: %s", strerror(errno));
    prune_if_due(cache, HEADER_BYTES + bytecode.len);
    return RF_OK;
}
