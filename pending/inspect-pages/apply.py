p='/work/main/ui/export/command_line.h'
s=open(p).read()
if 'generationArguments' not in s:
    s=s.replace('''#include "core/engine/load_options.h"
''','''#include "core/engine/load_options.h"
#include "core/engine/request.h"
''')
    s=s.replace('''
}  // namespace fusionscope::exporting''','''/// --greedy or --temperature, … and --max-new-tokens: how an answer's tokens were chosen.
std::vector<std::string> generationArguments(const engine::GenerationOptions& generation);

}  // namespace fusionscope::exporting''')
    open(p,'w').write(s)
p='/work/main/ui/export/command_line.cpp'
s=open(p).read()
if 'generationArguments' not in s:
    s=s.replace('''std::string commandLine(const MapsCommand& command) {''','''std::vector<std::string> generationArguments(const engine::GenerationOptions& generation) {
    const engine::GenerationOptions defaults;
    std::vector<std::string> arguments;
    const auto add = [&](const char* option, const std::string& value) { arguments.insert(arguments.end(), {option, value}); };
    if (generation.greedy) {
        arguments.emplace_back("--greedy");
    } else {
        add("--temperature", textOf(generation.temperature));
        add("--top-k", std::to_string(generation.topK));
        add("--top-p", textOf(generation.topP));
        add("--min-p", textOf(generation.minP));
    }
    add("--max-new-tokens", std::to_string(generation.maxNewTokens));
    if (generation.repetitionPenalty != defaults.repetitionPenalty)
        add("--repetition-penalty", textOf(generation.repetitionPenalty));
    if (generation.noRepeatNgram != defaults.noRepeatNgram) add("--no-repeat-ngram", std::to_string(generation.noRepeatNgram));
    if (generation.seed != defaults.seed) add("--seed", std::to_string(generation.seed));
    for (const auto& text : generation.stopStrings) add("--stop", text);
    return arguments;
}

std::string commandLine(const MapsCommand& command) {''')
    open(p,'w').write(s)
