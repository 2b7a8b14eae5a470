package importfile

import (
	"strconv"

	"gopkg.in/yaml.v3"
)

// unquoted is the remark on a token's name that a program of YAML cannot hold as
// Pulumi writes it.
const unquoted = "Pulumi writes the name %q without quotes in a YAML program, where it is not a string: put quotes around it."

// readsAsNoText reports whether YAML takes a text for something else, such as null or
// a date. Numbers, true and false are what Pulumi quotes.
func readsAsNoText(text string) bool {
	if _, err := strconv.ParseFloat(text, 32); err == nil || text == "true" || text == "false" {
		return false
	}
	node := yaml.Node{Kind: yaml.ScalarNode, Value: text}
	return text != "" && node.ShortTag() != "!!str"
}
