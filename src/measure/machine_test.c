/* machine_test.c: descriptions of machines, and grades of noise. */
#include "harness.h"

#include "base/slice.h"
#include "measure/machine_text.h"
#include "measure/noise.h"
#include "measure/system_file.h"

#include <math.h>

static bool is_near(double a, double b) { return fabs(a - b) < 1e-9; }

/* ---- Texts ---- */

RF_TEST(fields_are_found_by_their_whole_name) {
    rf_slice text = RF_SLICE("model\t\t: 2\nmodel name\t: AMD EPYC \nNAME=Debian\nPRETTY_NAME=\"Debian GNU/Linux 12\"\nempty :\nlast = 7");
    rf_check_text(rf_system_field(text, "model name"), RF_SLICE("AMD EPYC"));
    rf_check_text(rf_system_field(text, "model"), RF_SLICE("2"));
    rf_check_text(rf_system_field(text, "PRETTY_NAME"), RF_SLICE("Debian GNU/Linux 12"));
    rf_check_text(rf_system_field(text, "last"), RF_SLICE("7"));
    rf_check(rf_system_field(text, "empty").len == 0 && rf_system_field(text, "mode").len == 0);
    rf_check(rf_system_field((rf_slice){ "", 0 }, "x").len == 0);
}

RF_TEST(numbers_are_taken_one_after_the_other) {
    rf_slice text = RF_SLICE("  12 0 0.525 18446744073709551616 x");
    uint64_t a, b;
    double load;
    rf_check(rf_system_number(&text, &a) && rf_system_number(&text, &b) && a == 12 && b == 0);
    rf_check(rf_system_decimal(&text, &load) && is_near(load, 0.525));
    rf_check(!rf_system_number(&text, &a));
    rf_slice word = RF_SLICE("x");
    rf_check(!rf_system_decimal(&word, &load));
}

RF_TEST(files_that_are_not_there_are_empty) {
    char text[16];
    rf_check(rf_system_read("/nowhere/at/all", text, sizeof text).len == 0 && text[0] == '\0');
    rf_slice some = rf_system_read("/proc/self/status", text, sizeof text);
    rf_check(some.len == 0 || some.len == sizeof text - 1); /* cut to the room, when there is a /proc */
}

RF_TEST(processors_are_named_as_their_makers_do) {
    char name[96];
    rf_machine_processor(RF_SLICE("processor : 0\nmodel name : Intel(R)  Xeon(R)   CPU @ 2.20GHz\n"), name, sizeof name);
    rf_check_text(rf_slice_of(name), RF_SLICE("Intel(R) Xeon(R) CPU @ 2.20GHz"));
    rf_machine_processor(RF_SLICE("CPU implementer\t: 0x41\nCPU part\t: 0xd0c\n"), name, sizeof name);
    rf_check_text(rf_slice_of(name), RF_SLICE("Arm Neoverse-N1"));
    rf_machine_processor(RF_SLICE("CPU implementer\t: 0x61\nCPU part\t: 0x022\n"), name, sizeof name);
    rf_check_text(rf_slice_of(name), RF_SLICE("Apple 0x022"));
    rf_machine_processor(RF_SLICE("CPU implementer : 0x99\nCPU part : 0xd0c\n"), name, sizeof name);
    rf_check_text(rf_slice_of(name), RF_SLICE("0x99 0xd0c"));
    rf_machine_processor((rf_slice){ "", 0 }, name, sizeof name);
    rf_check_text(rf_slice_of(name), RF_SLICE("unknown"));
    char small[8];
    rf_machine_processor(RF_SLICE("model name : abcdef\xC3\xA4\xC3\xB6"), small, sizeof small);
    rf_check_text(rf_slice_of(small), RF_SLICE("abcdef")); /* never half a character */
}

RF_TEST(hypervisors_are_known_by_what_they_answer) {
    rf_check_text(rf_slice_of(rf_machine_hypervisor_name("KVMKVMKVM\0\0\0")), RF_SLICE("kvm"));
    rf_check_text(rf_slice_of(rf_machine_hypervisor_name("Microsoft Hv")), RF_SLICE("hyper-v"));
    rf_check_text(rf_slice_of(rf_machine_hypervisor_name("bhyve bhyve ")), RF_SLICE("bhyve"));
    rf_check_text(rf_slice_of(rf_machine_hypervisor_name("Somebody new")), RF_SLICE("unknown"));
}

/* ---- The machine ---- */

RF_TEST(this_machine_is_described_the_same_each_time) {
    rf_machine machine, again;
    rf_machine_describe(&machine);
    rf_machine_describe(&again);
    rf_check(*machine.processor && *machine.architecture && *machine.governor && *machine.turbo);
    rf_check(strncmp(machine.system, "Linux ", 6) == 0);
    rf_check(machine.cores >= 1 && (machine.pinned_to == 0 || machine.pinned_to == machine.cores));
    rf_check(machine.memory_bytes > 1 << 20);
    rf_check(strlen(machine.fingerprint) == 16 && strspn(machine.fingerprint, "0123456789abcdef") == 16);
    rf_check_text(rf_slice_of(machine.fingerprint), rf_slice_of(again.fingerprint));
}

static rf_machine some_machine(void) {
    rf_machine machine = { .processor = "AMD EPYC", .architecture = "x86_64", .hypervisor = "kvm", .cores = 2, .memory_bytes = UINT64_C(8) << 30 };
    rf_machine_fingerprint(&machine);
    return machine;
}

RF_TEST(what_differs_between_machines_is_named) {
    rf_machine a = some_machine(), b = some_machine();
    char text[200];
    rf_machine_difference(&a, &b, text, sizeof text);
    rf_check_text(rf_slice_of(text), RF_SLICE(""));
    b.cores = 4;
    b.memory_bytes = UINT64_C(16) << 30;
    b.hypervisor[0] = '\0';
    rf_machine_fingerprint(&b);
    rf_machine_difference(&a, &b, text, sizeof text);
    rf_check_text(rf_slice_of(text), RF_SLICE("cores 2 / 4; memory 8 GiB / 16 GiB; hypervisor kvm / none"));
    rf_machine_difference(&a, &b, text, 12);
    rf_check_text(rf_slice_of(text), RF_SLICE("cores 2 / 4"));
    rf_machine_difference(&a, &b, text, 1);
    rf_check_text(rf_slice_of(text), RF_SLICE(""));
}

RF_TEST(a_fingerprint_that_nothing_explains_is_a_difference) {
    rf_machine a = some_machine(), b = some_machine();
    b.fingerprint[0] = a.fingerprint[0] == '0' ? '1' : '0';
    char text[200];
    rf_machine_difference(&a, &b, text, sizeof text);
    rf_check(strncmp(text, "fingerprint ", 12) == 0);
}

RF_TEST(a_little_memory_more_is_the_same_machine) {
    rf_machine a = some_machine(), b = some_machine(), c = some_machine();
    b.memory_bytes -= UINT64_C(100) << 20; /* what another kernel keeps for itself */
    c.memory_bytes += UINT64_C(200) << 20;
    rf_machine_fingerprint(&b);
    rf_machine_fingerprint(&c);
    rf_check_text(rf_slice_of(a.fingerprint), rf_slice_of(b.fingerprint));
    rf_check(strcmp(a.fingerprint, c.fingerprint) != 0);
    snprintf(b.governor, sizeof b.governor, "powersave");
    rf_machine_fingerprint(&b);
    rf_check_text(rf_slice_of(a.fingerprint), rf_slice_of(b.fingerprint));
}

/* ---- Noise ---- */

RF_TEST(processors_times_are_read_as_the_kernel_writes_them) {
    rf_cpu_times times;
    rf_check(rf_noise_cpu_times(RF_SLICE("cpu  100 10 50 800 40 5 15 30 7 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n"), &times));
    rf_check(times.total == 1050 && times.steal == 30 && times.busy == 180);
    rf_check(rf_noise_cpu_times(RF_SLICE("cpu  100 10 50 800 40 5 15\n"), &times)); /* before steal was told */
    rf_check(times.total == 1020 && times.steal == 0 && times.busy == 180);
    rf_check(!rf_noise_cpu_times(RF_SLICE("cpu  100 10\n"), &times) && times.total == 0);
    rf_check(!rf_noise_cpu_times((rf_slice){ "", 0 }, &times));
}

RF_TEST(figures_of_noise_are_what_changed_between) {
    long a_second = 100; /* what sysconf says wherever this runs */
    rf_noise_meter before = { .wall_ns = 5, .load = 0.7, .reference_ns = 200, .tells_queued = true }, after = before;
    after.wall_ns += 1000000000;
    after.cpu_total = (uint64_t)a_second * 2; /* two processors, a second */
    after.cpu_steal = 20;
    after.cpu_busy = 131;
    after.own_cpu_ns = 900000000;
    after.queued_ns = 50000000;
    after.switches = 30;
    after.reference_ns = 220;
    rf_noise noise;
    rf_noise_between(&before, &after, &noise);
    rf_check(is_near(noise.steal, 0.1) && is_near(noise.others, 0.2)); /* 131 - 90 of ours - 1 that may be rounding */
    rf_check(is_near(noise.off_cpu, 0.05) && is_near(noise.switches, 30) && is_near(noise.load, 0.7));
    rf_check(is_near(noise.reference_ns, 210) && is_near(noise.reference_drift, 1.1));
}

RF_TEST(a_thread_that_waits_by_itself_is_not_disturbed) {
    rf_noise_meter before = { .wall_ns = 1, .reference_ns = 1 }, after = before;
    after.wall_ns += 1000;
    after.thread_cpu_ns = 600;
    rf_noise noise;
    rf_noise_between(&before, &after, &noise);
    rf_check(is_near(noise.off_cpu, 0.4)); /* it never waited, so it was kept from running */
    after.waits = 3;
    rf_noise_between(&before, &after, &noise);
    rf_check(noise.off_cpu == 0);
}

RF_TEST(a_time_too_short_for_ticks_says_nothing_of_others) {
    rf_noise_meter before = { .wall_ns = 1, .reference_ns = 1 }, after = before;
    after.wall_ns += 10000000;
    after.cpu_total = 2;
    after.cpu_busy = 2;
    after.cpu_steal = 1;
    rf_noise noise;
    rf_noise_between(&before, &after, &noise);
    rf_check(noise.others == 0 && noise.steal == 0);
}

static rf_noise quiet(void) { return (rf_noise){ .reference_ns = 1, .reference_drift = 1 }; }

RF_TEST(what_is_quiet_is_an_a_without_reason) {
    rf_noise noise = quiet();
    rf_noise_grade(&noise, 0.01, 0.05);
    rf_check(noise.grade == 'A' && noise.reason[0] == '\0');
}

RF_TEST(each_cause_lowers_the_grade_by_its_bounds) {
    rf_noise noise = quiet();
    noise.steal = 0.03;
    rf_noise_grade(&noise, 0, 0);
    rf_check(noise.grade == 'C');
    rf_check_text(rf_slice_of(noise.reason), RF_SLICE("the hypervisor took 3 % of the time"));
    noise.steal = 0.12;
    rf_noise_grade(&noise, 0, 0);
    rf_check(noise.grade == 'D');
    noise = quiet();
    noise.reference_drift = 1.2;
    rf_noise_grade(&noise, 0, 0);
    rf_check(noise.grade == 'D');
    rf_check_text(rf_slice_of(noise.reason), RF_SLICE("the machine became 20 % slower"));
    noise.reference_drift = 0.96;
    rf_noise_grade(&noise, 0, 0);
    rf_check(noise.grade == 'B');
    rf_check_text(rf_slice_of(noise.reason), RF_SLICE("the machine became 4 % faster"));
    noise = quiet();
    rf_noise_grade(&noise, 0.31, 0);
    rf_check(noise.grade == 'D');
    rf_noise_grade(&noise, 0, 0.9);
    rf_check(noise.grade == 'C'); /* outliers alone are never worse */
    noise.others = 0.2;
    rf_noise_grade(&noise, 0, 0);
    rf_check(noise.grade == 'B');
    noise = quiet();
    noise.off_cpu = 0.06;
    rf_noise_grade(&noise, 0, 0);
    rf_check(noise.grade == 'C');
}

RF_TEST(the_worst_reason_comes_first) {
    rf_noise noise = quiet();
    noise.others = 0.12;
    noise.steal = 0.2;
    rf_noise_grade(&noise, 0.12, 0);
    rf_check(noise.grade == 'D');
    rf_check_text(rf_slice_of(noise.reason),
                  RF_SLICE("the hypervisor took 20 % of the time; the samples spread by 12 %; other processes used 12 % of the processors"));
}

RF_TEST(reasons_that_do_not_fit_are_left_out_whole) {
    rf_noise noise = { .steal = 0.5, .off_cpu = 0.5, .others = 0.9, .reference_drift = 2, .switches = 5000 };
    rf_noise_grade(&noise, 1, 0.5);
    rf_check(noise.grade == 'D' && strlen(noise.reason) < sizeof noise.reason);
    rf_check_text(rf_slice_of(noise.reason), RF_SLICE("the machine became 100 % slower; the hypervisor took 50 % of the time; the samples spread by 100 %"));
}

RF_TEST(a_grade_can_be_lowered_but_not_raised) {
    rf_noise noise = quiet();
    rf_noise_grade(&noise, 0.05, 0);
    rf_check(noise.grade == 'B');
    rf_noise_lower(&noise, 'C', "it drifts");
    rf_check(noise.grade == 'C');
    rf_check_text(rf_slice_of(noise.reason), RF_SLICE("it drifts; the samples spread by 5 %"));
    rf_noise_lower(&noise, 'B', "a fly sat on it");
    rf_check(noise.grade == 'C');
    rf_check_text(rf_slice_of(noise.reason), RF_SLICE("it drifts; the samples spread by 5 %; a fly sat on it"));
}

RF_TEST(a_meter_of_this_process_gives_shares) {
    rf_noise_meter meter;
    rf_noise noise;
    rf_noise_begin(&meter);
    rf_noise_end(&meter, 0.5, 0, &noise);
    rf_check(meter.wall_ns > 0 && noise.reference_ns > 0 && noise.reference_drift > 0);
    rf_check(noise.steal >= 0 && noise.steal <= 1 && noise.others >= 0 && noise.others <= 1);
    rf_check(noise.off_cpu >= 0 && noise.off_cpu <= 1 && noise.load >= 0 && noise.switches >= 0);
    rf_check(noise.grade == 'D'); /* a spread of a half */
}
