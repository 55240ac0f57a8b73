// The expression language of Argo's SSO rules, as the server evaluates it: one JSON line {"rule", "claims"} in, one
// {"result"} or {"error"} out.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/expr-lang/expr"
)

type question struct {
	Rule   string         `json:"rule"`
	Claims map[string]any `json:"claims"`
}

func decide(asked question) (result bool, err error) {
	defer func() {
		if found := recover(); found != nil {
			err = fmt.Errorf("%v", found)
		}
	}()
	program, err := expr.Compile(asked.Rule, expr.Env(asked.Claims))
	if err != nil {
		return false, err
	}
	value, err := expr.Run(program, asked.Claims)
	if err != nil {
		return false, err
	}
	if decided, ok := value.(bool); ok {
		return decided, nil
	}
	return false, fmt.Errorf("no boolean: %v", value)
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var asked question
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			panic(err)
		}
		answer := map[string]any{}
		if result, err := decide(asked); err != nil {
			answer["error"] = err.Error()
		} else {
			answer["result"] = result
		}
		text, _ := json.Marshal(answer)
		fmt.Println(string(text))
	}
}
