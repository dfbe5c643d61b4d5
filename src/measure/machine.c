/* machine.c: what the system tells about the machine, and whether two of them are the same for figures. */
#include "measure/machine.h"

#include "base/slice.h"
#include "base/utf8.h"
#include "measure/machine_text.h"
#include "measure/system_file.h"

#include <assert.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#define UNKNOWN "unknown"
#define CPUS "/sys/devices/system/cpu/"
enum { TEXT_ROOM = 8192, CPUS_MAX = 8192 };

/* Copies what fits, cut between characters; runs of blanks become one (vendors pad names). */
static void set_text(char *out, size_t room, rf_slice text) {
    size_t len = 0;
    text = rf_utf8_clip(rf_slice_trim(text), room - 1);
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] != ' ' || len == 0 || out[len - 1] != ' ')
            out[len++] = text.data[i];
    out[len] = '\0';
}

/* ---- Processor ---- */

/* Arm's registry of implementers, as far as they make what runs Linux (Arm ARM, MIDR_EL1). */
static const struct implementer { const char *code, *name; } implementers[] = {
    { "0x41", "Arm" }, { "0x42", "Broadcom" }, { "0x43", "Cavium" }, { "0x46", "Fujitsu" }, { "0x48", "HiSilicon" }, { "0x4e", "NVIDIA" },
    { "0x50", "APM" }, { "0x51", "Qualcomm" }, { "0x53", "Samsung" }, { "0x61", "Apple" }, { "0x6d", "Microsoft" }, { "0xc0", "Ampere" },
};
static const struct part { const char *code, *name; } arm_parts[] = {
    { "0xd03", "Cortex-A53" }, { "0xd08", "Cortex-A72" }, { "0xd0b", "Cortex-A76" }, { "0xd0c", "Neoverse-N1" },
    { "0xd40", "Neoverse-V1" }, { "0xd49", "Neoverse-N2" }, { "0xd4f", "Neoverse-V2" },
};

static void set_arm(rf_slice implementer, rf_slice part, char *out, size_t room) {
    const char *maker = NULL, *name = NULL;
    for (size_t i = 0; i < sizeof implementers / sizeof *implementers; i++)
        if (rf_slice_is(implementer, implementers[i].code))
            maker = implementers[i].name;
    for (size_t i = 0; i < sizeof arm_parts / sizeof *arm_parts; i++)
        if (rf_slice_is(implementer, "0x41") && rf_slice_is(part, arm_parts[i].code))
            name = arm_parts[i].name;
    rf_slice shown_maker = maker ? rf_slice_of(maker) : implementer, shown_part = name ? rf_slice_of(name) : part;
    (void)snprintf(out, room, "%.*s %.*s", RF_SLICE_ARG(shown_maker), RF_SLICE_ARG(shown_part));
}

void rf_machine_processor(rf_slice cpuinfo, char *out, size_t room) {
    rf_slice model = rf_system_field(cpuinfo, "model name"), implementer = rf_system_field(cpuinfo, "CPU implementer");
    if (model.len)
        set_text(out, room, model);
    else if (implementer.len)
        set_arm(implementer, rf_system_field(cpuinfo, "CPU part"), out, room);
    else
        set_text(out, room, RF_SLICE(UNKNOWN));
}

static double read_mhz(rf_slice cpuinfo) {
    char text[64];
    uint64_t khz;
    rf_slice file = rf_system_read(CPUS "cpu0/cpufreq/cpuinfo_max_freq", text, sizeof text);
    if (rf_system_number(&file, &khz))
        return (double)khz / 1000;
    rf_slice field = rf_system_field(cpuinfo, "cpu MHz");
    double mhz;
    return rf_system_decimal(&field, &mhz) ? mhz : 0;
}

static void describe_processor(rf_machine *machine) {
    char text[TEXT_ROOM];
    rf_slice cpuinfo = rf_system_read("/proc/cpuinfo", text, sizeof text);
    rf_machine_processor(cpuinfo, machine->processor, sizeof machine->processor);
    machine->mhz = read_mhz(cpuinfo);
}

static void describe_frequency(rf_machine *machine) {
    char text[64];
    rf_slice governor = rf_slice_trim(rf_system_read(CPUS "cpu0/cpufreq/scaling_governor", text, sizeof text));
    set_text(machine->governor, sizeof machine->governor, governor.len ? governor : RF_SLICE(UNKNOWN));
    const char *turbo = UNKNOWN;
    rf_slice off = rf_slice_trim(rf_system_read(CPUS "intel_pstate/no_turbo", text, sizeof text));
    if (off.len) {
        turbo = rf_slice_is(off, "0") ? "on" : "off";
    } else {
        rf_slice boost = rf_slice_trim(rf_system_read(CPUS "cpufreq/boost", text, sizeof text));
        if (boost.len)
            turbo = rf_slice_is(boost, "0") ? "off" : "on";
    }
    set_text(machine->turbo, sizeof machine->turbo, rf_slice_of(turbo));
}

/* ---- System ---- */

static void describe_system(rf_machine *machine) {
    struct utsname names;
    char text[TEXT_ROOM];
    bool is_named = uname(&names) == 0;
    rf_slice pretty = rf_system_field(rf_system_read("/etc/os-release", text, sizeof text), "PRETTY_NAME");
    char system[sizeof names.sysname + sizeof names.release + 160];
    (void)snprintf(system, sizeof system, "%s %s%s%.*s", is_named ? names.sysname : "Linux", is_named ? names.release : UNKNOWN,
                   pretty.len ? ", " : "", pretty.len < 150 ? (int)pretty.len : 150, pretty.data);
    set_text(machine->system, sizeof machine->system, rf_slice_of(system));
    set_text(machine->architecture, sizeof machine->architecture, rf_slice_of(is_named ? names.machine : UNKNOWN));
}

static uint32_t allowed_cpus(void) {
    cpu_set_t sets[CPUS_MAX / CPU_SETSIZE];
    memset(sets, 0, sizeof sets);
    int count = sched_getaffinity(0, sizeof sets, sets) == 0 ? CPU_COUNT_S(sizeof sets, sets) : 0;
    return count > 0 ? (uint32_t)count : 0;
}

static void describe_room(rf_machine *machine) {
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t all = online > 0 ? (uint32_t)online : 1, allowed = allowed_cpus();
    machine->cores = allowed ? allowed : all;
    machine->pinned_to = allowed && allowed < all ? allowed : 0;
    struct sysinfo info;
    if (sysinfo(&info) == 0)
        machine->memory_bytes = (uint64_t)info.totalram * info.mem_unit;
}

/* ---- Hypervisor ---- */

/* Their own documents name these; Linux has the same in arch/x86/kernel/cpu/. */
static const struct hypervisor { const char *signature, *name; } hypervisors[] = {
    { "KVMKVMKVM\0\0", "kvm" }, { "Linux KVM Hv", "kvm" }, { "Microsoft Hv", "hyper-v" }, { "VMwareVMware", "vmware" },
    { "XenVMMXenVMM", "xen" }, { "TCGTCGTCGTCG", "qemu" }, { "bhyve bhyve ", "bhyve" }, { "prl hyperv  ", "parallels" },
    { "VBoxVBoxVBox", "virtualbox" }, { "ACRNACRNACRN", "acrn" }, { "QNXQVMBSQG\0", "qnx" },
};

const char *rf_machine_hypervisor_name(const char signature[12]) {
    for (size_t i = 0; i < sizeof hypervisors / sizeof *hypervisors; i++)
        if (memcmp(signature, hypervisors[i].signature, 12) == 0)
            return hypervisors[i].name;
    return UNKNOWN;
}

#if defined(__x86_64__) || defined(__i386__)
static const char *asked_hypervisor(void) {
    unsigned a, b, c, d, words[3];
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & 1u << 31))
        return "";
    __cpuid(0x40000000, a, words[0], words[1], words[2]);
    char signature[12];
    memcpy(signature, words, sizeof signature);
    return rf_machine_hypervisor_name(signature);
}
#else
static const char *asked_hypervisor(void) { return ""; }
#endif

static void describe_hypervisor(rf_machine *machine) {
    char text[128];
    rf_slice name = rf_slice_of(asked_hypervisor());
    if (name.len == 0)
        name = rf_slice_trim(rf_system_read("/sys/hypervisor/type", text, sizeof text));
    if (name.len == 0 && rf_system_read("/proc/device-tree/hypervisor/compatible", text, sizeof text).len)
        name = rf_slice_of(text); /* "linux,kvm", a NUL, others */
    set_text(machine->hypervisor, sizeof machine->hypervisor, name);
}

/* ---- The same or not ---- */

static uint64_t memory_units(const rf_machine *machine) {
    const uint64_t unit = UINT64_C(256) << 20;
    return machine->memory_bytes / unit + (machine->memory_bytes % unit >= unit / 2);
}

/* FNV-1a, 64 bits (Fowler, Noll, Vo). */
static uint64_t hash(const char *text) {
    uint64_t value = UINT64_C(0xcbf29ce484222325);
    for (; *text; text++)
        value = (value ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return value;
}

void rf_machine_fingerprint(rf_machine *machine) {
    char text[320];
    (void)snprintf(text, sizeof text, "%s\n%s\n%" PRIu32 "\n%" PRIu64 "\n%s", machine->processor, machine->architecture, machine->cores,
                   memory_units(machine), machine->hypervisor);
    (void)snprintf(machine->fingerprint, sizeof machine->fingerprint, "%016" PRIx64, hash(text));
}

void rf_machine_describe(rf_machine *ret_machine) {
    assert(ret_machine);
    *ret_machine = (rf_machine){ 0 };
    describe_processor(ret_machine);
    describe_frequency(ret_machine);
    describe_system(ret_machine);
    describe_room(ret_machine);
    describe_hypervisor(ret_machine);
    rf_machine_fingerprint(ret_machine);
}

/* A text that grows within its room; what does not fit any more is left out, cut between characters. */
typedef struct sheet { char *text; size_t len, room; } sheet;

static void add_difference(sheet *to, const char *what, const char *a, const char *b) {
    if (strcmp(a, b) == 0)
        return;
    char line[320];
    (void)snprintf(line, sizeof line, "%s%s %s / %s", to->len ? "; " : "", what, *a ? a : "none", *b ? b : "none");
    rf_slice fits = rf_utf8_clip(rf_slice_of(line), to->room - 1 - to->len);
    memcpy(to->text + to->len, fits.data, fits.len);
    to->len += fits.len;
    to->text[to->len] = '\0';
}

static void format_memory(const rf_machine *machine, char out[32]) {
    (void)snprintf(out, 32, "%.4g GiB", (double)memory_units(machine) / 4);
}

void rf_machine_difference(const rf_machine *a, const rf_machine *b, char *ret_text, size_t room) {
    assert(a && b && ret_text && room > 0);
    ret_text[0] = '\0';
    if (strcmp(a->fingerprint, b->fingerprint) == 0)
        return;
    sheet to = { ret_text, 0, room };
    char of_a[32], of_b[32];
    add_difference(&to, "processor", a->processor, b->processor);
    add_difference(&to, "architecture", a->architecture, b->architecture);
    (void)snprintf(of_a, sizeof of_a, "%" PRIu32, a->cores);
    (void)snprintf(of_b, sizeof of_b, "%" PRIu32, b->cores);
    add_difference(&to, "cores", of_a, of_b);
    format_memory(a, of_a);
    format_memory(b, of_b);
    add_difference(&to, "memory", of_a, of_b);
    add_difference(&to, "hypervisor", a->hypervisor, b->hypervisor);
    if (to.len == 0)
        add_difference(&to, "fingerprint", a->fingerprint, b->fingerprint);
}
