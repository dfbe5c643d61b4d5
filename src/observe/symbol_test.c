/* symbol_test.c: names of addresses, and files that are not what they should be. */
#include "harness.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "observe/profile_internal.h"

#include <elf.h>
#include <string.h>
#include <unistd.h>

#ifdef __clang__
__attribute__((noinline)) static int a_function_to_find(volatile int *sum);
#else
__attribute__((noinline, noclone)) static int a_function_to_find(volatile int *sum);
#endif

static int a_function_to_find(volatile int *sum) {
    for (int i = 0; i < 10; i++)
        *sum += i;
    return *sum;
}

static void close_symbols(rf_symbols **symbols) { rf_symbols_close(*symbols); }

RF_TEST(functions_have_names) {
    RF_CLEANUP(close_symbols) rf_symbols *symbols = NULL;
    rf_check(!rf_symbols_open(&symbols, NULL));
    uintptr_t own = (uintptr_t)a_function_to_find;
    rf_symbol found = rf_symbols_find(symbols, own + 1);
    rf_check_text(rf_slice_of(found.function), RF_SLICE("a_function_to_find"));
    rf_check(found.start == own && found.file[0] && !strchr(found.file, '/'));
    found = rf_symbols_find(symbols, (uintptr_t)getppid);
    rf_check_text(rf_slice_of(found.function), RF_SLICE("getppid"));
    rf_check(found.start == (uintptr_t)getppid && rf_slice_starts(rf_slice_of(found.file), RF_SLICE("libc.so")));
    volatile int sum = 0;
    rf_check(a_function_to_find(&sum) == 45);

    int on_the_stack = 0;
    rf_symbol nothing = rf_symbols_find(symbols, (uintptr_t)&on_the_stack);
    rf_check(!nothing.function[0] && !nothing.file[0] && nothing.start == 0);
    rf_check(!rf_symbols_find(symbols, 0).function[0]);
    rf_check(!rf_symbols_find(symbols, UINTPTR_MAX).function[0]);

    const rf_mapping *mappings;
    size_t count = rf_symbols_mappings(symbols, &mappings), hits = 0;
    for (size_t i = 0; i < count; i++) {
        rf_check(mappings[i].start < mappings[i].end && mappings[i].path[0] && mappings[i].build_id);
        rf_check(i == 0 || mappings[i - 1].end <= mappings[i].start);
        bool is_libc = strstr(mappings[i].path, "/libc.so") != NULL;
        hits += own >= mappings[i].start && own < mappings[i].end;
        rf_check(!is_libc || strlen(mappings[i].build_id) == 40);
    }
    rf_check(hits == 1);
}

RF_TEST(lines_of_maps_are_read) {
    rf_slice text = RF_SLICE("55d0-55e0 r--p 00000000 08:01 12  /bin/a\n"
                             "nonsense\n"
                             "55e0-55d0 r-xp 00000000 08:01 12  /bin/backwards\n"
                             "55e0-55f0 r-xp 00001000 08:01 12         /bin/a b\n"
                             "7f00-7f10 rw-p 00000000 00:00 0 \n"
                             "7f10-7f20 r-xp 0000\n"
                             "7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0 [stack]");
    rf_map_line line;
    rf_check(rf_maps_next(&text, &line) && line.start == 0x55d0 && line.end == 0x55e0 && !line.executable);
    rf_check(rf_maps_next(&text, &line) && line.executable && line.offset == 0x1000);
    rf_check_text(line.path, RF_SLICE("/bin/a b"));
    rf_check(rf_maps_next(&text, &line) && line.path.len == 0);
    rf_check(rf_maps_next(&text, &line));
    rf_check_text(line.path, RF_SLICE("[stack]"));
    rf_check(!rf_maps_next(&text, &line));
}

/* ---- A file made by hand ---- */

enum { AT_SEGMENTS = 64, AT_SECTIONS = 256, AT_NOTE = 512, AT_SYMBOLS = 576, AT_NAMES = 768, FILE_BYTES = 832 };
static const char names[] = "\0first\0_alias\0second\0data\0asm";

typedef struct image { _Alignas(8) char bytes[FILE_BYTES]; } image;

static Elf64_Sym symbol(uint32_t name, uint64_t value, uint64_t size, unsigned bind, unsigned type) {
    return (Elf64_Sym){ .st_name = name, .st_info = (unsigned char)ELF64_ST_INFO(bind, type), .st_shndx = 1, .st_value = value, .st_size = size };
}

static void make_image(image *made) {
    memset(made, 0, sizeof *made);
    Elf64_Ehdr file = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT }, .e_type = ET_DYN, .e_phoff = AT_SEGMENTS,
                        .e_shoff = AT_SECTIONS, .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 3, .e_shentsize = sizeof(Elf64_Shdr), .e_shnum = 3 };
#if defined(__aarch64__)
    file.e_machine = EM_AARCH64;
#else
    file.e_machine = EM_X86_64;
#endif
    const Elf64_Phdr segments[3] = {
        { .p_type = PT_LOAD, .p_flags = PF_R, .p_offset = 0, .p_vaddr = 0, .p_filesz = 0x1234 },
        { .p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_offset = 0x1234, .p_vaddr = 0x3234, .p_filesz = 0x1000 },
        { .p_type = PT_NOTE, .p_offset = AT_NOTE, .p_filesz = 20 },
    };
    const Elf64_Shdr sections[3] = {
        { .sh_type = SHT_NULL },
        { .sh_type = SHT_SYMTAB, .sh_offset = AT_SYMBOLS, .sh_size = 7 * sizeof(Elf64_Sym), .sh_entsize = sizeof(Elf64_Sym), .sh_link = 2 },
        { .sh_type = SHT_STRTAB, .sh_offset = AT_NAMES, .sh_size = sizeof names },
    };
    const Elf64_Sym symbols[7] = {
        symbol(0, 0, 0, STB_LOCAL, STT_NOTYPE),
        symbol(14, 0x3300, 0x10, STB_GLOBAL, STT_FUNC), /* second */
        symbol(7, 0x3240, 0x20, STB_LOCAL, STT_FUNC),   /* _alias */
        symbol(1, 0x3240, 0x20, STB_GLOBAL, STT_FUNC),  /* first */
        symbol(21, 0x3280, 0x20, STB_GLOBAL, STT_OBJECT),
        symbol(26, 0x3400, 0, STB_LOCAL, STT_FUNC),     /* asm, without a size */
        symbol(9999, 0x3500, 8, STB_LOCAL, STT_FUNC),
    };
    const struct { Elf64_Nhdr head; char name[4], id[4]; } note = { { 4, 4, NT_GNU_BUILD_ID }, "GNU", "\x01\xab\xff\x10" };
    memcpy(made->bytes, &file, sizeof file);
    memcpy(made->bytes + AT_SEGMENTS, segments, sizeof segments);
    memcpy(made->bytes + AT_SECTIONS, sections, sizeof sections);
    memcpy(made->bytes + AT_NOTE, &note, sizeof note);
    memcpy(made->bytes + AT_SYMBOLS, symbols, sizeof symbols);
    memcpy(made->bytes + AT_NAMES, names, sizeof names);
}

static rf_code read_image(const image *made, uint64_t bytes, rf_elf *elf) {
    const rf_elf_source source = { -1, made->bytes, bytes };
    return rf_elf_read(&source, elf, NULL);
}

static bool is_named(const rf_elf *elf, uintptr_t value, const char *name) {
    const rf_elf_symbol *found = rf_elf_find(elf, value);
    return name ? found && strcmp(found->name, name) == 0 : !found;
}

RF_TEST(a_file_gives_its_functions) {
    image made;
    make_image(&made);
    RF_CLEANUP(rf_elf_done) rf_elf elf = { 0 };
    rf_check(!read_image(&made, sizeof made.bytes, &elf));
    rf_check(elf.count == 3);
    rf_check_text(rf_slice_of(elf.build_id), RF_SLICE("01abff10"));
    rf_check(is_named(&elf, 0x3240, "first") && is_named(&elf, 0x325f, "first") && is_named(&elf, 0x3260, NULL));
    rf_check(is_named(&elf, 0x3300, "second") && is_named(&elf, 0x3310, NULL) && is_named(&elf, 0x323f, NULL));
    rf_check(is_named(&elf, 0x3400, "asm") && is_named(&elf, 0x34ff, "asm"));
    uintptr_t value;
    rf_check(rf_elf_address(&elf, 0x1234, &value) && value == 0x3234);
    rf_check(rf_elf_address(&elf, 0x1000, &value) && value == 0x3000); /* the page that the segment begins in */
    rf_check(!rf_elf_address(&elf, 0x2234, &value) && !rf_elf_address(&elf, 0xfff, &value));
}

RF_TEST(cut_files_are_read_as_far_as_they_go) {
    image made;
    make_image(&made);
    for (uint64_t bytes = 0; bytes < FILE_BYTES; bytes += 8) {
        RF_CLEANUP(rf_elf_done) rf_elf elf = { 0 };
        char *copy = rf_alloc(bytes); /* so that a sanitizer sees each byte too many */
        rf_check(copy);
        memcpy(copy, made.bytes, bytes);
        const rf_elf_source source = { -1, copy, bytes };
        rf_code code = rf_elf_read(&source, &elf, NULL);
        rf_free(copy);
        rf_check(!code && elf.count <= 3);
    }
}

RF_TEST(broken_files_do_no_harm) {
    image made;
    make_image(&made);
    uint32_t seed = 20240607;
    uint32_t rounds = rf_test_torture() ? 3 : 1000;
    for (uint32_t i = 0; i < rounds; i++) {
        image broken = made;
        for (uint32_t k = 0; k < 1 + i % 4; k++) {
            seed = seed * 1664525u + 1013904223u;
            size_t at = (seed >> 8) % FILE_BYTES;
            at = at < 20 ? at + 20 : at; /* else it is no ELF file, and that is all */
            broken.bytes[at] = (char)(i % 2 ? seed >> 24 : 0xff);
        }
        RF_CLEANUP(rf_elf_done) rf_elf elf = { 0 };
        rf_check(!read_image(&broken, sizeof broken.bytes, &elf));
        for (size_t k = 0; k < elf.count; k++)
            rf_check(rf_elf_find(&elf, elf.symbols[k].value) == &elf.symbols[k] && strlen(elf.symbols[k].name) < sizeof names);
        uintptr_t value;
        (void)rf_elf_address(&elf, seed, &value);
    }
}

RF_TEST(other_files_have_no_names) {
    image made;
    make_image(&made);
    made.bytes[EI_CLASS] = ELFCLASS32;
    RF_CLEANUP(rf_elf_done) rf_elf elf = { 0 };
    rf_check(!read_image(&made, sizeof made.bytes, &elf));
    rf_check(elf.count == 0 && elf.segment_count == 0 && !rf_elf_find(&elf, 0x3240));
}
