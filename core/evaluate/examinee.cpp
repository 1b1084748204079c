#include "core/evaluate/examinee.h"

#include "core/files/error.h"

namespace fusionscope::evaluate {

namespace {

// Longer than any answer of the visual world; a model that never ends its answer must not hold up the others.
constexpr int64_t mostTokens = 256;

class ModelExaminee : public Examinee {
  public:
    ModelExaminee(engine::Model& model, const models::EncodeOptions& encoding) : m_model(model), m_encoding(encoding) {}

    bool chats() const override { return m_model.summary().chats && m_model.summary().takesPictures; }
    bool runsTasks() const override { return m_model.summary().runsTasks; }

    std::vector<std::string> answers(const Exercise* exercise, const std::vector<world::Turn>& turns,
                                     const engine::Control& control) override {
        std::vector<engine::ChatRequest> requests;
        for (const auto& turn : turns) {
            auto& request = requests.emplace_back();
            text::Message message{text::Role::User, {}};
            if (exercise) {
                message.content.push_back(text::ContentItem::image());
                request.pictures.push_back(exercise->picture);
            }
            message.content.push_back(text::ContentItem::ofText(turn.question));
            request.messages.push_back(std::move(message));
            request.encoding = m_encoding;
            request.generation.maxNewTokens = mostTokens;
        }
        std::vector<std::string> texts;
        for (const auto& answer : m_model.chatEach(requests, {control.stop, {}})) texts.push_back(answer.text);
        return texts;
    }

    models::FlorenceAnswer task(const Exercise& exercise, const std::string& task, const std::string& text,
                                const engine::Control& control) override {
        engine::TaskRequest request{.task = task, .text = text, .picture = exercise.picture, .beams = 0, .maxNewTokens = 0, .onText = {}};
        return *m_model.task(request, {control.stop, {}}).answer;
    }

  private:
    engine::Model& m_model;
    models::EncodeOptions m_encoding;
};

}  // namespace

std::unique_ptr<Examinee> examineeFor(engine::Model& model, const models::EncodeOptions& encoding) {
    return std::make_unique<ModelExaminee>(model, encoding);
}

}  // namespace fusionscope::evaluate
