// Answers with the JSON that kubectl would make of a YAML text: JSON strings in, JSON objects out, a line each.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"sigs.k8s.io/yaml"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<24)
	for lines.Scan() {
		var text string
		if err := json.Unmarshal(lines.Bytes(), &text); err != nil {
			panic(err)
		}
		answer := map[string]any{"yaml": text}
		converted, err := yaml.YAMLToJSON([]byte(text))
		if err != nil {
			answer["error"] = err.Error()
		} else {
			answer["json"] = json.RawMessage(converted)
		}
		line, err := json.Marshal(answer)
		if err != nil {
			panic(err)
		}
		fmt.Println(string(line))
	}
}
