/* symbol.c: names of addresses: which file is mapped there, and which of its functions it is. */
#include "base/alloc.h"
#include "base/arena.h"
#include "base/slice.h"
#include "base/vec.h"
#include "observe/profile_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK_BYTES = 4096, FILE_NONE = -1 };

typedef struct object { const char *path; rf_elf elf; } object; /* a file, read once */
typedef struct place { size_t object; uintptr_t bias; bool known; } place; /* of the mapping of the same index: address - bias = as in the file */

struct rf_symbols {
    rf_arena arena; /* paths, ids */
    RF_VEC(rf_mapping) mappings; /* by address */
    RF_VEC(place) places;
    RF_VEC(object) objects;
};

/* ---- /proc/self/maps ---- */

rf_code rf_maps_read(rf_buffer *ret_text, rf_error *reterr) {
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return rf_raise(reterr, RF_EIO, "cannot open /proc/self/maps: %s", strerror(errno));
    ssize_t got = 1;
    while (got != 0 && rf_buffer_reserve(ret_text, 16384)) {
        got = read(fd, ret_text->data + ret_text->len, ret_text->cap - ret_text->len);
        if (got < 0 && errno != EINTR)
            break;
        ret_text->len += got > 0 ? (size_t)got : 0;
    }
    int failed = errno;
    (void)close(fd); /* nothing was written */
    if (ret_text->failed)
        return rf_raise_nomem(reterr);
    return got < 0 ? rf_raise(reterr, RF_EIO, "cannot read /proc/self/maps: %s", strerror(failed)) : RF_OK;
}

static bool take_hex(rf_slice *text, char end, uintptr_t *ret) {
    uintptr_t value = 0;
    size_t at = 0;
    for (; at < text->len && at < 16; at++) {
        char c = text->data[at];
        if (c >= '0' && c <= '9')
            value = value << 4 | (uintptr_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            value = value << 4 | (uintptr_t)(c - 'a' + 10);
        else
            break;
    }
    if (at == 0 || at >= text->len || text->data[at] != end)
        return false;
    *ret = value;
    *text = (rf_slice){ text->data + at + 1, text->len - at - 1 };
    return true;
}

static void skip_word(rf_slice *text) {
    size_t at = rf_slice_find(*text, ' ');
    at += at < text->len;
    *text = (rf_slice){ text->data + at, text->len - at };
}

/* "7f00-7f10 r-xp 00001000 08:01 1234   /usr/lib/…" */
static bool read_line(rf_slice text, rf_map_line *line) {
    if (!take_hex(&text, '-', &line->start) || !take_hex(&text, ' ', &line->end) || text.len < 5 || line->end <= line->start)
        return false;
    line->executable = text.data[2] == 'x';
    skip_word(&text);
    if (!take_hex(&text, ' ', &line->offset))
        return false;
    skip_word(&text); /* device */
    skip_word(&text); /* inode */
    line->path = rf_slice_trim(text);
    return true;
}

bool rf_maps_next(rf_slice *rest, rf_map_line *ret_line) {
    while (rest->len) {
        size_t len = rf_slice_find(*rest, '\n');
        rf_slice text = { rest->data, len };
        len += len < rest->len;
        *rest = (rf_slice){ rest->data + len, rest->len - len };
        if (read_line(text, ret_line))
            return true;
    }
    return false;
}

/* ---- Reading all of it ---- */

/* Our own file may have been replaced since it was started: the kernel still has it. */
static int open_object(const char *path) {
    char own[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", own, sizeof own);
    bool is_own = len > 0 && rf_slice_is((rf_slice){ own, (size_t)len }, path);
    return open(is_own ? "/proc/self/exe" : path, O_RDONLY | O_CLOEXEC);
}

/* A file that cannot be opened has no names. */
static rf_code read_object(const rf_map_line *line, object *o, rf_error *reterr) {
    if (line->path.data[0] == '[') { /* the kernel's own: "[vdso]" is an ELF file in memory */
        rf_elf_source memory = { FILE_NONE, (const char *)line->start, line->end - line->start }; /* NOLINT(performance-no-int-to-ptr) */
        return rf_elf_read(&memory, &o->elf, reterr);
    }
    int fd = open_object(o->path);
    struct stat about;
    rf_code code = RF_OK;
    if (fd >= 0 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0) {
        rf_elf_source file = { fd, NULL, (uint64_t)about.st_size };
        code = rf_elf_read(&file, &o->elf, reterr);
    }
    if (fd >= 0)
        (void)close(fd); /* nothing was written */
    return code;
}

static rf_code object_of(rf_symbols *symbols, const rf_map_line *line, size_t *ret, rf_error *reterr) {
    for (*ret = 0; *ret < symbols->objects.count; ++*ret)
        if (rf_slice_is(line->path, symbols->objects.items[*ret].path))
            return RF_OK;
    rf_slice path = rf_slice_dup_in(&symbols->arena, line->path);
    if (!path.data || !rf_vec_push(&symbols->objects, (object){ .path = path.data }))
        return rf_raise_nomem(reterr);
    return read_object(line, &symbols->objects.items[*ret], reterr);
}

static rf_code add_mapping(rf_symbols *symbols, const rf_map_line *line, rf_error *reterr) {
    size_t at;
    rf_code code = object_of(symbols, line, &at, reterr);
    if (code)
        return code;
    const object *o = &symbols->objects.items[at];
    uintptr_t value = 0;
    bool known = rf_elf_address(&o->elf, line->offset, &value);
    const char *id = rf_strdup_in(&symbols->arena, o->elf.build_id); /* the objects move while they grow */
    rf_mapping mapping = { .path = o->path, .build_id = id, .start = line->start, .end = line->end, .offset = line->offset };
    if (!id || !rf_vec_push(&symbols->mappings, mapping) || !rf_vec_push(&symbols->places, (place){ at, line->start - value, known }))
        return rf_raise_nomem(reterr);
    return RF_OK;
}

static rf_code read_all(rf_symbols *symbols, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    rf_code code = rf_maps_read(&text, reterr);
    rf_slice rest = rf_buffer_view(&text);
    rf_map_line line;
    while (!code && rf_maps_next(&rest, &line))
        if (line.executable && (rf_slice_starts(line.path, RF_SLICE("/")) || rf_slice_is(line.path, "[vdso]")))
            code = add_mapping(symbols, &line, reterr);
    return code;
}

rf_code rf_symbols_open(rf_symbols **ret_symbols, rf_error *reterr) {
    *ret_symbols = NULL;
    rf_symbols *symbols = rf_alloc_zero(1, sizeof *symbols);
    if (!symbols)
        return rf_raise_nomem(reterr);
    rf_arena_init(&symbols->arena, BLOCK_BYTES);
    rf_code code = read_all(symbols, reterr);
    if (code) {
        rf_symbols_close(symbols);
        return code;
    }
    *ret_symbols = symbols;
    return RF_OK;
}

void rf_symbols_close(rf_symbols *symbols) {
    if (!symbols)
        return;
    for (size_t i = 0; i < symbols->objects.count; i++)
        rf_elf_done(&symbols->objects.items[i].elf);
    rf_vec_done(&symbols->objects);
    rf_vec_done(&symbols->places);
    rf_vec_done(&symbols->mappings);
    rf_arena_done(&symbols->arena);
    rf_free(symbols);
}

/* ---- Asking ---- */

static const char *file_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The mapping around `address`; count when there is none. */
static size_t mapping_at(const rf_symbols *symbols, uintptr_t address) {
    size_t low = 0, high = symbols->mappings.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (symbols->mappings.items[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low < symbols->mappings.count && symbols->mappings.items[low].start <= address ? low : symbols->mappings.count;
}

rf_symbol rf_symbols_find(const rf_symbols *symbols, uintptr_t address) {
    size_t at = mapping_at(symbols, address);
    if (at == symbols->mappings.count)
        return (rf_symbol){ "", "", 0 };
    const place *p = &symbols->places.items[at];
    const object *o = &symbols->objects.items[p->object];
    const rf_elf_symbol *found = p->known ? rf_elf_find(&o->elf, address - p->bias) : NULL;
    return (rf_symbol){ found ? found->name : "", file_name(o->path), found ? found->value + p->bias : 0 };
}

size_t rf_symbols_mappings(const rf_symbols *symbols, const rf_mapping **ret_mappings) {
    *ret_mappings = symbols->mappings.items;
    return symbols->mappings.count;
}
