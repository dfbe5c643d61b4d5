//! The tasks of the Fusabi benchmark on the original's own crates, in process. A line a task: name, nanoseconds of CPU.
//! usage: fusabi-original FOLDER           (bench/fusabi)
//!        fusabi-original --loads FOLDER   what a bytecode file costs, in a folder where files can be made
use fusabi_frontend::{Compiler, Lexer, Parser};
use fusabi_vm::{deserialize_chunk, serialize_chunk, stdlib, Chunk, Value, Vm};
use std::hint::black_box;

fn compile(text: &str) -> Chunk {
    let tokens = Lexer::new(text).tokenize().expect("tokens");
    let program = Parser::new(tokens).parse_program().expect("program");
    Compiler::compile_program(&program).expect("chunk")
}

fn new_vm() -> Vm {
    let mut vm = Vm::new();
    stdlib::register_stdlib(&mut vm);
    vm
}

#[repr(C)]
struct Timespec(i64, i64);
extern "C" {
    fn clock_gettime(clock: i32, time: *mut Timespec) -> i32;
}

/// CPU time of this thread, nanoseconds.
fn cpu() -> f64 {
    let mut time = Timespec(0, 0);
    unsafe { clock_gettime(3, &mut time) };
    time.0 as f64 * 1e9 + time.1 as f64
}

/// Prints the median of five rounds of `times` runs each; what `prepare` does is not timed.
fn task<T>(name: &str, times: usize, mut prepare: impl FnMut() -> T, mut work: impl FnMut(T)) {
    let mut taken: Vec<f64> = (0..5)
        .map(|_| {
            let mut sum = 0.0;
            for _ in 0..times {
                let input = prepare();
                let start = cpu();
                work(input);
                sum += cpu() - start;
            }
            sum / times as f64
        })
        .collect();
    taken.sort_by(|a, b| a.partial_cmp(b).unwrap());
    println!("{name} {:.1}", taken[2]);
}

/// As its plugin adapter loads: the file is read and decoded; nothing is checked.
fn loads(folder: &str) {
    const TIMES: usize = 1000;
    for (name, source) in [("minimal", "42"), ("complex", "(10 + 20) * (30 - 5) / 3")] {
        let path = format!("{folder}/original_{name}.fzb");
        std::fs::write(&path, serialize_chunk(&compile(source)).expect("bytes")).expect("a file");
        let mut taken: Vec<f64> = (0..6)
            .map(|_| {
                let start = cpu();
                for _ in 0..TIMES {
                    black_box(deserialize_chunk(&std::fs::read(&path).unwrap()).unwrap());
                }
                (cpu() - start) / TIMES as f64
            })
            .skip(1)
            .collect();
        taken.sort_by(|a, b| a.partial_cmp(b).unwrap());
        println!("bytecode/{name} {:.2}", taken[2]);
    }
}

fn main() {
    let folder = std::env::args().nth(1).expect("a folder");
    if folder == "--loads" {
        return loads(&std::env::args().nth(2).expect("a folder"));
    }
    let text = |name: &str| std::fs::read_to_string(format!("{folder}/{name}")).expect("script");
    let bytes = |name: &str| std::fs::read(format!("{folder}/{name}")).expect("bytecode");

    for name in ["fib25", "countdown1m"] {
        let chunk = deserialize_chunk(&bytes(&format!("{name}_raw.fzb"))).expect("chunk");
        task(&format!("{name}_raw"), 1, || (new_vm(), chunk.clone()), |(mut vm, chunk)| { black_box(vm.execute(chunk).unwrap()); });
    }
    for name in ["fib25", "list10k", "strbuild5k", "call100k", "match100k", "native100k"] {
        let chunk = compile(&text(&format!("{name}_portable.fsx")));
        task(&format!("{name}_portable"), 1, || (new_vm(), chunk.clone()), |(mut vm, chunk)| { black_box(vm.execute(chunk).unwrap()); });
    }
    for lines in [20, 200, 2000] {
        let source = text(&format!("gen{lines}_portable.fsx"));
        let saved = serialize_chunk(&compile(&source)).expect("bytes");
        let times = 4000 / lines;
        task(&format!("compile{lines}"), times, || (), |()| { black_box(compile(&source)); });
        task(&format!("load{lines}"), times, || (), |()| { black_box(deserialize_chunk(&saved).unwrap()); });
        println!("bytes{lines} {}", saved.len());
    }
    task("newvm", 200, || (), |()| { black_box(new_vm()); });
    let mut vm = new_vm();
    let hook = vm.execute(compile(&text("on_output_portable.fsx"))).expect("hook");
    let line = "some line of terminal output, forty-odd bytes";
    task("hostcall", 1, || (), |()| {
        for _ in 0..100_000 {
            black_box(vm.call_value(hook.clone(), &[Value::Str(line.into())]).unwrap());
        }
    });
}
