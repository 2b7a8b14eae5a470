package packages

import "testing"

func TestJavaConsumerOfTheArtifactCompiles(t *testing.T) {
	t.Parallel()
	dir := consumer(t, "java")
	install["java"](t, dir)
	compile := []string{"mvn", "--quiet", "--batch-mode", "--no-transfer-progress", "compile"}
	Run(t, dir, compile[0], compile[1:]...)
	expectMistakes(t, dir, "src/main/java/consumer/Wrong#.java", `package consumer;

import io.github.cfaccess.pulumi.cfaccess.*;

class Wrong# {
    Object x = CODE;
}
`, []mistake{
		{"an account that is a number", `ServiceTokenArgs.builder().accountId(7)`, "no suitable method found for accountId(int)"},
		{"a property that does not exist", `ServiceTokenArgs.builder().acountId("x")`, "cannot find symbol"},
		{"a secret outside of its output", `((ServiceToken) null).clientSecret().length()`, "cannot find symbol"},
	}, compile...)
}
