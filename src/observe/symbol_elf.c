/* symbol_elf.c: the functions of one ELF file. Nothing in it is trusted: each offset is checked against the file's size. */
#include "observe/profile_internal.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "base/vec.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* More than any library has; a broken file does not take the memory away. */
#define TABLE_BYTES_MAX (UINT64_C(256) << 20)
enum { SECTIONS_MAX = 65536, SEGMENTS_MAX = 1024, NOTES_BYTES_MAX = 65536, BUILD_ID_BYTES_MAX = 32 };

static bool read_at(const rf_elf_source *source, uint64_t offset, void *to, uint64_t bytes) {
    if (offset > source->bytes || bytes > source->bytes - offset)
        return false;
    if (source->fd < 0) {
        memcpy(to, source->memory + offset, bytes);
        return true;
    }
    for (uint64_t done = 0; done < bytes;) {
        ssize_t got = pread(source->fd, (char *)to + done, bytes - done, (off_t)(offset + done));
        if (got <= 0 && !(got < 0 && errno == EINTR))
            return false;
        done += got > 0 ? (uint64_t)got : 0;
    }
    return true;
}

/* A piece of the file with a NUL behind; *ret NULL when the file does not hold it. */
static rf_code load(const rf_elf_source *source, uint64_t offset, uint64_t bytes, char **ret, rf_error *reterr) {
    *ret = NULL;
    if (bytes == 0 || bytes > TABLE_BYTES_MAX || offset > source->bytes || bytes > source->bytes - offset)
        return RF_OK;
    char *memory = rf_alloc(bytes + 1);
    if (!memory)
        return rf_raise_nomem(reterr);
    memory[bytes] = '\0';
    if (read_at(source, offset, memory, bytes))
        *ret = memory;
    else
        rf_free(memory);
    return RF_OK;
}

static void free_text(char **text) { rf_free(*text); }

/* ---- Program headers: what is loaded where, and the build's id ---- */

static void take_build_id(rf_elf *elf, const char *id, uint32_t bytes) {
    static const char digits[] = "0123456789abcdef";
    uint32_t count = bytes < BUILD_ID_BYTES_MAX ? bytes : BUILD_ID_BYTES_MAX;
    for (uint32_t i = 0; i < count; i++) {
        elf->build_id[2 * i] = digits[(unsigned char)id[i] >> 4];
        elf->build_id[2 * i + 1] = digits[(unsigned char)id[i] & 15];
    }
    elf->build_id[2 * count] = '\0';
}

static void read_notes(rf_elf *elf, const char *at, size_t bytes) {
    Elf64_Nhdr note;
    while (bytes >= sizeof note) {
        memcpy(&note, at, sizeof note);
        size_t name = ((size_t)note.n_namesz + 3) & ~(size_t)3, content = ((size_t)note.n_descsz + 3) & ~(size_t)3;
        at += sizeof note;
        bytes -= sizeof note;
        if (name > bytes || content > bytes - name)
            return;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof "GNU" && memcmp(at, "GNU", sizeof "GNU") == 0)
            take_build_id(elf, at + name, note.n_descsz);
        at += name + content;
        bytes -= name + content;
    }
}

static rf_code read_segment(const rf_elf_source *source, const Elf64_Phdr *header, rf_elf *elf, rf_error *reterr) {
    if (header->p_type == PT_LOAD && (header->p_flags & PF_X)) {
        RF_VEC(rf_elf_segment) segments = { elf->segments, elf->segment_count, elf->segment_cap };
        bool fits = rf_vec_push(&segments, (rf_elf_segment){ header->p_offset, header->p_filesz, header->p_vaddr });
        elf->segments = segments.items;
        elf->segment_count = segments.count;
        elf->segment_cap = segments.cap;
        return fits ? RF_OK : rf_raise_nomem(reterr);
    }
    if (header->p_type != PT_NOTE || header->p_filesz > NOTES_BYTES_MAX)
        return RF_OK;
    RF_CLEANUP(free_text) char *notes = NULL;
    rf_code code = load(source, header->p_offset, header->p_filesz, &notes, reterr);
    if (notes)
        read_notes(elf, notes, header->p_filesz);
    return code;
}

static rf_code read_segments(const rf_elf_source *source, const Elf64_Ehdr *file, rf_elf *elf, rf_error *reterr) {
    rf_code code = RF_OK;
    Elf64_Phdr header;
    if (file->e_phentsize != sizeof header)
        return RF_OK;
    for (uint64_t i = 0; !code && i < file->e_phnum && i < SEGMENTS_MAX; i++)
        if (file->e_phoff < source->bytes && read_at(source, file->e_phoff + i * sizeof header, &header, sizeof header))
            code = read_segment(source, &header, elf, reterr);
    return code;
}

/* ---- Tables of symbols ---- */

static bool is_function(const Elf64_Sym *symbol) {
    unsigned type = ELF64_ST_TYPE(symbol->st_info);
    return (type == STT_FUNC || type == STT_GNU_IFUNC) && symbol->st_shndx != SHN_UNDEF && symbol->st_value != 0;
}

/* Among names of one place those that others see win, then those without underscores. */
static uint8_t rank_of(const Elf64_Sym *symbol, const char *name) {
    unsigned bind = ELF64_ST_BIND(symbol->st_info);
    unsigned rank = bind == STB_GLOBAL ? 0 : bind == STB_WEAK ? 4 : 8;
    return (uint8_t)(rank + (name[0] == '_') + (name[0] == '_' && name[1] == '_'));
}

static rf_code take_symbols(const char *table, uint64_t bytes, const char *names, uint64_t names_bytes, rf_elf *elf, rf_error *reterr) {
    RF_VEC(rf_elf_symbol) symbols = { elf->symbols, elf->count, elf->cap };
    bool fits = true;
    for (uint64_t at = 0; fits && bytes - at >= sizeof(Elf64_Sym); at += sizeof(Elf64_Sym)) {
        Elf64_Sym symbol;
        memcpy(&symbol, table + at, sizeof symbol);
        if (!is_function(&symbol) || symbol.st_name >= names_bytes || !names[symbol.st_name])
            continue;
        const char *name = names + symbol.st_name;
        fits = rf_vec_push(&symbols, (rf_elf_symbol){ symbol.st_value, symbol.st_size, name, rank_of(&symbol, name) });
    }
    elf->symbols = symbols.items;
    elf->count = symbols.count;
    elf->cap = symbols.cap;
    return fits ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code read_table(const rf_elf_source *source, const Elf64_Ehdr *file, const Elf64_Shdr *section, rf_elf *elf, rf_error *reterr) {
    char **ret_names = &elf->names[section->sh_type == SHT_DYNSYM];
    Elf64_Shdr strings;
    if (section->sh_entsize != sizeof(Elf64_Sym) || section->sh_link >= file->e_shnum || *ret_names)
        return RF_OK;
    if (!read_at(source, file->e_shoff + section->sh_link * sizeof strings, &strings, sizeof strings) || strings.sh_type != SHT_STRTAB)
        return RF_OK;
    RF_CLEANUP(free_text) char *table = NULL;
    rf_code code = load(source, section->sh_offset, section->sh_size, &table, reterr);
    if (!code && table)
        code = load(source, strings.sh_offset, strings.sh_size, ret_names, reterr);
    if (!code && table && *ret_names)
        code = take_symbols(table, section->sh_size, *ret_names, strings.sh_size, elf, reterr);
    return code;
}

static rf_code read_sections(const rf_elf_source *source, const Elf64_Ehdr *file, rf_elf *elf, rf_error *reterr) {
    rf_code code = RF_OK;
    Elf64_Shdr section;
    if (file->e_shentsize != sizeof section || file->e_shoff >= source->bytes)
        return RF_OK;
    for (uint64_t i = 0; !code && i < file->e_shnum && i < SECTIONS_MAX; i++) {
        bool is_table = read_at(source, file->e_shoff + i * sizeof section, &section, sizeof section) &&
                        (section.sh_type == SHT_SYMTAB || section.sh_type == SHT_DYNSYM);
        if (is_table)
            code = read_table(source, file, &section, elf, reterr);
    }
    return code;
}

/* ---- In order ---- */

static int compare_symbols(const void *a, const void *b) {
    const rf_elf_symbol *left = a, *right = b;
    if (left->value != right->value)
        return left->value < right->value ? -1 : 1;
    if (left->rank != right->rank)
        return left->rank < right->rank ? -1 : 1;
    return strcmp(left->name, right->name);
}

static void sort(rf_elf *elf) {
    if (!elf->count)
        return;
    qsort(elf->symbols, elf->count, sizeof *elf->symbols, compare_symbols);
    size_t kept = 1;
    for (size_t i = 1; i < elf->count; i++)
        if (elf->symbols[i].value != elf->symbols[kept - 1].value)
            elf->symbols[kept++] = elf->symbols[i];
    elf->count = kept;
}

#if defined(__x86_64__)
#define OUR_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define OUR_MACHINE EM_AARCH64
#else
#define OUR_MACHINE EM_NONE
#endif

rf_code rf_elf_read(const rf_elf_source *source, rf_elf *ret_elf, rf_error *reterr) {
    *ret_elf = (rf_elf){ 0 };
    Elf64_Ehdr file;
    if (!read_at(source, 0, &file, sizeof file) || memcmp(file.e_ident, ELFMAG, SELFMAG) != 0 || file.e_ident[EI_CLASS] != ELFCLASS64 ||
        file.e_ident[EI_DATA] != ELFDATA2LSB || file.e_machine != OUR_MACHINE)
        return RF_OK;
    rf_code code = read_segments(source, &file, ret_elf, reterr);
    if (!code)
        code = read_sections(source, &file, ret_elf, reterr);
    sort(ret_elf);
    return code;
}

void rf_elf_done(rf_elf *elf) {
    rf_free(elf->symbols);
    rf_free(elf->segments);
    rf_free(elf->names[0]);
    rf_free(elf->names[1]);
    *elf = (rf_elf){ 0 };
}

const rf_elf_symbol *rf_elf_find(const rf_elf *elf, uintptr_t value) {
    size_t low = 0, high = elf->count; /* the first one behind `value` is in [low, high] */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (elf->symbols[middle].value <= value)
            low = middle + 1;
        else
            high = middle;
    }
    const rf_elf_symbol *found = low ? &elf->symbols[low - 1] : NULL;
    /* Written by hand, a function may have no size: it goes to the next one. */
    return found && (found->size == 0 || value - found->value < found->size) ? found : NULL;
}

bool rf_elf_address(const rf_elf *elf, uint64_t offset, uintptr_t *ret_value) {
    for (size_t i = 0; i < elf->segment_count; i++) {
        const rf_elf_segment *segment = &elf->segments[i];
        /* The kernel maps whole pages: a mapping may begin before its segment. */
        uint64_t first = segment->offset & ~UINT64_C(4095);
        if (offset >= first && offset - first < segment->bytes + (segment->offset - first)) {
            *ret_value = segment->address + (offset - segment->offset);
            return true;
        }
    }
    return false;
}
