// The peer of `riffle run`: the same stages on goja, as a careful Go program would do them.
//
// Each stage is compiled once. VMs are pooled, with the stages' functions ready to call. A message becomes a JavaScript
// object once for all stages of its processor (the original does so for each stage, which costs it several times this),
// and comes back once. Then topic and payload are built and the message is dropped, or printed with -print.
//
//	goja CASES CASE MESSAGES
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/dop251/goja"
)

type processor struct {
	Tag *struct {
		Defaults   string `json:"defaults"`
		Conditions []struct {
			If   string `json:"if"`
			Then string `json:"then"`
		} `json:"conditions"`
		Advanced string `json:"advancedProcessing"`
	} `json:"tag_processor"`
	NodeRed *struct {
		Code string `json:"code"`
	} `json:"nodered_js"`
}

type message struct {
	Payload any            `json:"payload"`
	Meta    map[string]any `json:"meta"`
}

// A step runs `then` when there is no condition, or when it holds.
type step struct{ condition, then *goja.Program }

type boundStep struct{ condition, then goja.Callable }

type vm struct {
	runtime *goja.Runtime
	steps   []boundStep
}

type chain struct {
	steps []step
	tag   bool
	pool  sync.Pool
}

func compile(name, parameter, body string) *goja.Program {
	return goja.MustCompile(name, "(function("+parameter+"){"+body+"\n})", false)
}

func newChain(p *processor) *chain {
	c := &chain{}
	add := func(name, condition, then string) {
		if then == "" {
			return
		}
		s := step{then: compile(name, "msg", then)}
		if condition != "" {
			s.condition = compile(name+".if", "msg", "return ("+condition+")")
		}
		c.steps = append(c.steps, s)
	}
	if p != nil && p.NodeRed != nil {
		add("code", "", p.NodeRed.Code)
	}
	if p != nil && p.Tag != nil {
		c.tag = true
		add("defaults", "", p.Tag.Defaults)
		for i, condition := range p.Tag.Conditions {
			add(fmt.Sprintf("conditions[%d]", i), condition.If, condition.Then)
		}
		add("advancedProcessing", "", p.Tag.Advanced)
	}
	c.pool.New = func() any { return c.newVM() }
	return c
}

func (c *chain) newVM() *vm {
	v := &vm{runtime: goja.New()}
	bind := func(program *goja.Program) goja.Callable {
		if program == nil {
			return nil
		}
		value, err := v.runtime.RunProgram(program)
		if err != nil {
			panic(err)
		}
		function, _ := goja.AssertFunction(value)
		return function
	}
	for _, s := range c.steps {
		v.steps = append(v.steps, boundStep{bind(s.condition), bind(s.then)})
	}
	return v
}

func (v *vm) object(m *message) *goja.Object {
	meta := v.runtime.NewObject()
	for key, value := range m.Meta {
		meta.Set(key, value)
	}
	object := v.runtime.NewObject()
	object.Set("payload", v.runtime.ToValue(m.Payload))
	object.Set("meta", meta)
	return object
}

func (c *chain) run(m *message) error {
	v := c.pool.Get().(*vm)
	defer c.pool.Put(v)
	object := v.object(m)
	for _, s := range v.steps {
		if s.condition != nil {
			holds, err := s.condition(goja.Undefined(), object)
			if err != nil {
				return err
			}
			if !holds.ToBoolean() {
				continue
			}
		}
		result, err := s.then(goja.Undefined(), object)
		if err != nil {
			return err
		}
		if goja.IsNull(result) || goja.IsUndefined(result) {
			return fmt.Errorf("dropped")
		}
		object = result.ToObject(v.runtime)
	}
	meta := object.Get("meta").ToObject(v.runtime)
	m.Meta = make(map[string]any, 24)
	for _, key := range meta.Keys() {
		m.Meta[key] = meta.Get(key).Export()
	}
	m.Payload = object.Get("payload").Export()
	return nil
}

// finish builds what leaves a tag processor: topic in the metadata, value and time in the payload.
func (c *chain) finish(m *message) error {
	if !c.tag {
		return nil
	}
	location, _ := m.Meta["location_path"].(string)
	contract, _ := m.Meta["data_contract"].(string)
	name, _ := m.Meta["tag_name"].(string)
	if location == "" || contract == "" || name == "" {
		return fmt.Errorf("missing metadata")
	}
	topic := "umh.v1." + location + "." + contract + "."
	if path, _ := m.Meta["virtual_path"].(string); path != "" {
		topic += path + "."
	}
	topic += name
	m.Meta["topic"], m.Meta["umh_topic"] = topic, topic
	value := m.Payload
	if list, ok := value.([]any); ok {
		value = fmt.Sprint(list)
	}
	m.Payload = map[string]any{"value": value, "timestamp_ms": time.Now().UnixMilli()}
	return nil
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "goja:", err)
		os.Exit(1)
	}
}

func load(path, name string) *processor {
	text, err := os.ReadFile(path)
	fail(err)
	var cases map[string]*processor
	fail(json.Unmarshal(text, &cases))
	p, known := cases[name]
	if !known {
		fail(fmt.Errorf("no case %s in %s", name, path))
	}
	return p
}

func main() {
	show := flag.Bool("print", false, "print each message")
	flag.Parse()
	if flag.NArg() != 3 {
		fail(fmt.Errorf("usage: goja [-print] CASES CASE MESSAGES"))
	}
	c := newChain(load(flag.Arg(0), flag.Arg(1)))
	file, err := os.Open(flag.Arg(2))
	fail(err)
	lines := bufio.NewScanner(file)
	lines.Buffer(make([]byte, 0, 64<<10), 16<<20)
	good, bad := 0, 0
	for lines.Scan() {
		var m message
		fail(json.Unmarshal(lines.Bytes(), &m))
		err := c.run(&m)
		if err == nil {
			err = c.finish(&m)
		}
		if err != nil {
			bad++
			continue
		}
		good++
		if *show {
			text, err := json.Marshal(&m)
			fail(err)
			fmt.Printf("%s\n", text)
		}
	}
	fail(lines.Err())
	fmt.Fprintf(os.Stderr, "messages=%d failed=%d\n", good, bad)
}
