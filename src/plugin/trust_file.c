/* trust_file.c: the trust list as a file: TOML, the user's own, replaced as a whole. */
#include "plugin/trust.h"

#include "base/nearest.h"
#include "base/slice.h"
#include "plugin/manifest.h"
#include "plugin/toml.h"
#include "plugin/trust_hex.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = 4 << 20, NAMES_MAX = 40 };

/* ---- Reading the bytes ---- */

/* A list that others may write would let them grant anything. */
static rf_code check_file(const char *path, const struct stat *info, rf_error *reterr) {
    if (!S_ISREG(info->st_mode))
        return rf_raise(reterr, RF_EIO, "the trust list `%s` is no file", path);
    if (info->st_uid != geteuid() && info->st_uid != 0)
        return rf_raise(reterr, RF_EIO, "the trust list `%s` belongs to another user", path);
    if (info->st_mode & (S_IWGRP | S_IWOTH)) {
        (void)rf_raise(reterr, RF_EIO, "the trust list `%s` may be written by others (mode %04o)", path, (unsigned)(info->st_mode & 07777));
        rf_error_hint(reterr, "look through it, then run: chmod go-w '%s'", path);
        return RF_EIO;
    }
    if (info->st_size > FILE_BYTES_MAX)
        return rf_raise(reterr, RF_EIO, "the trust list `%s` is larger than %d bytes", path, FILE_BYTES_MAX);
    return RF_OK;
}

static rf_code read_open(int fd, const char *path, rf_buffer *out, rf_error *reterr) {
    struct stat info;
    if (fstat(fd, &info))
        return rf_raise(reterr, RF_EIO, "cannot look at the trust list `%s`: %s", path, strerror(errno));
    rf_code code = check_file(path, &info, reterr);
    if (code)
        return code;
    if (!rf_buffer_reserve(out, (size_t)info.st_size + 1))
        return rf_raise_nomem(reterr);
    for (;;) {
        if (!rf_buffer_reserve(out, 4096))
            return rf_raise_nomem(reterr);
        ssize_t got = read(fd, out->data + out->len, out->cap - out->len);
        if (got == 0)
            return RF_OK;
        if (got < 0 && errno != EINTR)
            return rf_raise(reterr, RF_EIO, "cannot read the trust list `%s`: %s", path, strerror(errno));
        out->len += got > 0 ? (size_t)got : 0;
        if (out->len > FILE_BYTES_MAX)
            return rf_raise(reterr, RF_EIO, "the trust list `%s` is larger than %d bytes", path, FILE_BYTES_MAX);
    }
}

static rf_code read_file(const char *path, rf_buffer *out, rf_error *reterr) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not hold us up */
    if (fd < 0)
        return errno == ENOENT ? RF_OK : rf_raise(reterr, RF_EIO, "cannot open the trust list `%s`: %s", path, strerror(errno));
    rf_code code = read_open(fd, path, out, reterr);
    (void)close(fd); /* it was only read */
    return code;
}

/* ---- Making sense of it ---- */

typedef struct reader {
    rf_trust *trust;
    rf_source source;
    rf_error *reterr;
} reader;

/* Puts the place to the error just raised. */
static rf_code at(reader *r, size_t offset, rf_code code) {
    uint32_t line, column;
    rf_source_locate(&r->source, offset, &line, &column);
    rf_error_place(r->reterr, r->source.name, line, column);
    return code;
}

static rf_code unknown(reader *r, const rf_toml *member, const char *where, const char *const *names) {
    rf_code code = rf_raise(r->reterr, RF_ECONFIG, "unknown key `%.*s` %s", RF_SLICE_ARG(member->key), where);
    const char *nearest = rf_nearest(member->key, names);
    if (nearest)
        rf_error_hint(r->reterr, "did you mean `%s`?", nearest);
    return at(r, member->key_offset, code);
}

static rf_code wrong_kind(reader *r, const rf_toml *value, const char *what, const char *wanted) {
    return at(r, value->offset,
              rf_raise(r->reterr, RF_ECONFIG, "%s must be %s, this is of kind %s", what, wanted, rf_toml_kind_name(value->kind)));
}

static rf_code read_name(reader *r, const rf_toml *value, rf_slice *ret_name) {
    if (value->kind != RF_TOML_STRING)
        return wrong_kind(r, value, "a name", "a string");
    if (value->text.len == 0)
        return at(r, value->offset, rf_raise(r->reterr, RF_ECONFIG, "the name is empty"));
    *ret_name = value->text;
    return RF_OK;
}

static rf_code read_hex(reader *r, const rf_toml *value, const char *what, uint8_t ret_bytes[32]) {
    if (value->kind != RF_TOML_STRING)
        return wrong_kind(r, value, what, "a string");
    if (rf_trust_hex_read(value->text, ret_bytes, 32))
        return RF_OK;
    return at(r, value->offset, rf_raise(r->reterr, RF_ECONFIG, "%s must be 64 lower-case hexadecimal digits", what));
}

static rf_code read_capability(reader *r, const rf_toml *item, uint32_t *bits) {
    if (item->kind != RF_TOML_STRING)
        return wrong_kind(r, item, "a capability", "a string");
    uint32_t bit = rf_plugin_capability_find(item->text);
    *bits |= bit;
    if (bit)
        return RF_OK;
    const char *names[NAMES_MAX] = { NULL };
    const rf_plugin_capability *known;
    for (size_t i = 0; i < NAMES_MAX - 1 && (known = rf_plugin_capability_at(i)); i++)
        names[i] = known->name;
    rf_code code = rf_raise(r->reterr, RF_ECONFIG, "unknown capability `%.*s`", RF_SLICE_ARG(item->text));
    const char *nearest = rf_nearest(item->text, names);
    if (nearest)
        rf_error_hint(r->reterr, "did you mean `%s`?", nearest);
    return at(r, item->offset, code);
}

static rf_code read_capabilities(reader *r, const rf_toml *value, uint32_t *ret_bits) {
    if (value->kind != RF_TOML_ARRAY)
        return wrong_kind(r, value, "capabilities", "a list of strings");
    rf_code code = RF_OK;
    for (const rf_toml *item = value->first; item && !code; item = item->next)
        code = read_capability(r, item, ret_bits);
    return code;
}

static rf_code read_any_version(reader *r, const rf_toml *value, bool *ret_any) {
    if (value->kind != RF_TOML_BOOL)
        return wrong_kind(r, value, "any-version", "true or false");
    *ret_any = value->boolean;
    return RF_OK;
}

/* The members of one [[grant]], as far as they go. */
static rf_code read_grant_members(reader *r, const rf_toml *table, rf_trust_grant *grant) {
    static const char *const names[] = { "name", "capabilities", "hash", "any-version", NULL };
    rf_code code = RF_OK;
    for (const rf_toml *member = table->first; member && !code; member = member->next) {
        if (rf_slice_is(member->key, "name"))
            code = read_name(r, member, &grant->name);
        else if (rf_slice_is(member->key, "capabilities"))
            code = read_capabilities(r, member, &grant->capabilities);
        else if (rf_slice_is(member->key, "hash"))
            code = read_hex(r, member, "the hash", grant->hash);
        else if (rf_slice_is(member->key, "any-version"))
            code = read_any_version(r, member, &grant->any_version);
        else
            code = unknown(r, member, "in a grant", names);
    }
    return code;
}

static rf_code check_grant(reader *r, const rf_toml *table, const rf_trust_grant *grant) {
    bool has_hash = rf_toml_member(table, "hash") != NULL;
    rf_code code = RF_OK;
    if (!grant->name.len)
        code = rf_raise(r->reterr, RF_ECONFIG, "a grant without a name");
    else if (!rf_toml_member(table, "capabilities"))
        code = rf_raise(r->reterr, RF_ECONFIG, "the grant for `%.*s` lists no capabilities", RF_SLICE_ARG(grant->name));
    else if (has_hash && grant->any_version)
        code = rf_raise(r->reterr, RF_ECONFIG, "the grant for `%.*s` has both a hash and any-version", RF_SLICE_ARG(grant->name));
    else if (!has_hash && !grant->any_version)
        code = rf_raise(r->reterr, RF_ECONFIG,
                        "the grant for `%.*s` says for which content it is neither by hash nor by any-version = true",
                        RF_SLICE_ARG(grant->name));
    for (size_t i = 0; i < r->trust->grant_count && !code; i++) {
        if (rf_slice_eq(r->trust->grants[i].name, grant->name))
            code = rf_raise(r->reterr, RF_ECONFIG, "a second grant for `%.*s`", RF_SLICE_ARG(grant->name));
    }
    return code ? at(r, table->offset, code) : RF_OK;
}

static rf_code read_grant(reader *r, const rf_toml *table) {
    if (table->kind != RF_TOML_TABLE)
        return wrong_kind(r, table, "a grant", "a table: [[grant]]");
    rf_trust_grant grant = { 0 };
    rf_code code = read_grant_members(r, table, &grant);
    if (!code)
        code = check_grant(r, table, &grant);
    return code ? code : rf_trust_grant_add(r->trust, &grant, r->reterr);
}

static rf_code read_key_members(reader *r, const rf_toml *table, rf_trust_key *key) {
    static const char *const names[] = { "name", "public", NULL };
    rf_code code = RF_OK;
    for (const rf_toml *member = table->first; member && !code; member = member->next) {
        if (rf_slice_is(member->key, "name"))
            code = read_name(r, member, &key->name);
        else if (rf_slice_is(member->key, "public"))
            code = read_hex(r, member, "the public key", key->key);
        else
            code = unknown(r, member, "in a key", names);
    }
    return code;
}

static rf_code read_key(reader *r, const rf_toml *table) {
    if (table->kind != RF_TOML_TABLE)
        return wrong_kind(r, table, "a key", "a table: [[key]]");
    rf_trust_key key = { 0 };
    rf_code code = read_key_members(r, table, &key);
    if (code)
        return code;
    if (!key.name.len)
        code = rf_raise(r->reterr, RF_ECONFIG, "a key without a name");
    else if (!rf_toml_member(table, "public"))
        code = rf_raise(r->reterr, RF_ECONFIG, "the key `%.*s` has no public key", RF_SLICE_ARG(key.name));
    for (size_t i = 0; i < r->trust->key_count && !code; i++) {
        if (rf_slice_eq(r->trust->keys[i].name, key.name))
            code = rf_raise(r->reterr, RF_ECONFIG, "a second key `%.*s`", RF_SLICE_ARG(key.name));
    }
    return code ? at(r, table->offset, code) : rf_trust_key_add(r->trust, &key, r->reterr);
}

static rf_code read_disabled(reader *r, const rf_toml *item) {
    rf_slice name;
    rf_code code = read_name(r, item, &name);
    return code ? code : rf_trust_disable(r->trust, name, true, r->reterr);
}

static rf_code read_each(reader *r, const rf_toml *list, const char *what, rf_code (*read_item)(reader *r, const rf_toml *item)) {
    if (list->kind != RF_TOML_ARRAY)
        return wrong_kind(r, list, what, "a list");
    rf_code code = RF_OK;
    for (const rf_toml *item = list->first; item && !code; item = item->next)
        code = read_item(r, item);
    return code;
}

static rf_code read_root(reader *r, const rf_toml *root) {
    static const char *const names[] = { "disabled", "grant", "key", NULL };
    rf_code code = RF_OK;
    for (const rf_toml *member = root->first; member && !code; member = member->next) {
        if (rf_slice_is(member->key, "disabled"))
            code = read_each(r, member, "disabled", read_disabled);
        else if (rf_slice_is(member->key, "grant"))
            code = read_each(r, member, "grant", read_grant);
        else if (rf_slice_is(member->key, "key"))
            code = read_each(r, member, "key", read_key);
        else
            code = unknown(r, member, "in the trust list", names);
    }
    return code;
}

rf_code rf_trust_load(const char *path, rf_trust *ret_trust, rf_error *reterr) {
    assert(path && ret_trust);
    RF_CLEANUP(rf_buffer_done) rf_buffer bytes = { 0 };
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 4096);
    *ret_trust = (rf_trust){ 0 };
    rf_arena_init(&ret_trust->arena, 1024);
    rf_code code = read_file(path, &bytes, reterr);
    if (code || bytes.len == 0)
        return code;
    reader r = { ret_trust, { path, rf_buffer_view(&bytes) }, reterr };
    rf_toml *root;
    code = rf_toml_read(&arena, &r.source, &root, reterr);
    if (!code)
        code = read_root(&r, root);
    if (code)
        rf_trust_done(ret_trust);
    return code;
}
