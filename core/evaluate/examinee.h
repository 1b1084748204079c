#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/engine/model.h"
#include "core/world/questions.h"
#include "core/world/scene.h"

namespace fusionscope::evaluate {

/// A picture with all that is known about it.
struct Exercise {
    world::Scene scene;
    engine::PictureHandle picture;
};

/// Who is examined: a model, and in tests anything that answers.
class Examinee {
  public:
    virtual ~Examinee() = default;
    virtual bool chats() const = 0;
    virtual bool runsTasks() const = 0;
    /// Answers questions, each by itself. @param exercise null: without a picture
    virtual std::vector<std::string> answers(const Exercise* exercise, const std::vector<world::Turn>& turns,
                                             const engine::Control& control) = 0;
    /// Runs a Florence-2 task, "<OD>".
    virtual models::FlorenceAnswer task(const Exercise& exercise, const std::string& task, const std::string& text,
                                        const engine::Control& control) = 0;
};

/// @param model must outlive the examinee. Answers are the most probable ones, whatever the checkpoint samples by itself.
std::unique_ptr<Examinee> examineeFor(engine::Model& model, const models::EncodeOptions& encoding);

}  // namespace fusionscope::evaluate
