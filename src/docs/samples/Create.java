import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.UUID;

public final class Create {
    public static void main(String[] args) throws Exception {
        // Made once for each thing that you create, and stored with it: every attempt has the same key.
        String key = UUID.randomUUID().toString();
        HttpResponse<String> response = create(key, "{{createBody|java}}");
        System.out.println(response.statusCode() + " " + response.body());
    }

    /** Sends the request until it is answered, at most five times. What it creates is created once. */
    private static HttpResponse<String> create(String key, String body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("{{apiUrl}}{{createPath}}"))
                .timeout(Duration.ofSeconds(10))
                .header("Authorization", "Bearer " + System.getenv("TOKEN"))
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", key)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        HttpClient http = HttpClient.newHttpClient();
        for (long attempt = 1;; attempt++) {
            long wait = attempt;
            try {
                HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
                boolean repeats = response.statusCode() >= 500
                        || response.headers().firstValue("Retry-After").isPresent();
                if (!repeats || attempt == 5) return response;
                wait = response.headers().firstValueAsLong("Retry-After").orElse(attempt);
            } catch (IOException error) {
                if (attempt == 5) throw error;
            }
            Thread.sleep(wait * 1000);
        }
    }
}
